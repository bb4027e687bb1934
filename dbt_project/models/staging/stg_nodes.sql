select
    node_id,
    region_id,
    node_name,
    created_at
from {{ source('raw', 'nodes') }}
