select
    series_id,
    node_id,
    metric,
    source,
    unit,
    resolution,
    created_at
from {{ source('raw', 'series') }}
