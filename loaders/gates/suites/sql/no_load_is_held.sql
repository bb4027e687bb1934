select
    broken_rules.load_id,
    broken_rules.uri,
    broken_rules.rule,
    broken_rules.metric,
    broken_rules.rows_failed,
    broken_rules.rows_checked,
    broken_rules.finding,
    broken_rules.examples
from broken_rules
where broken_rules.status = 'held'
order by broken_rules.load_id desc, broken_rules.rule
