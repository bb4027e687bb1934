select
    load_id,
    rule,
    metric,
    rule_description,
    rows_checked,
    rows_failed,
    share_allowed,
    passed as is_passed,
    examples,
    checked_at
from {{ source('raw', 'gate_results') }}
