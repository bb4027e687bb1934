select
    series_id,
    node_id,
    metric,
    source,
    resolution,
    created_at
from {{ source('raw', 'series') }}
