select
    load_id,
    series_id,
    rule,
    kind,
    value,
    interval_start,
    collected_at
from {{ source('raw', 'flagged_rows') }}
