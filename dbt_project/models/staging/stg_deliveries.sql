select
    load_id,
    series_id,
    stored_load_id,
    row_id,
    value,
    interval_start,
    collected_at
from {{ source('raw', 'deliveries') }}
