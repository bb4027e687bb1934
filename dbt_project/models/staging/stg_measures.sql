select
    series_id,
    load_id,
    row_id,
    value,
    interval_start,
    collected_at
from {{ source('raw', 'measures') }}
