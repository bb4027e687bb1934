-- A person may accept a load that breaks a rule; then its acceptance is not the gate's own decision.
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
where
    broken_rules.status = 'accepted'
    and broken_rules.rule is not null
    and (
        select events.decided_by = 'gate'
        from raw.load_events as events
        where events.load_id = broken_rules.load_id and events.status = 'accepted'
        order by events.event_id desc
        limit 1
    )
order by broken_rules.load_id desc, broken_rules.rule
