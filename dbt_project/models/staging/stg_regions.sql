select
    region_id,
    grid_id,
    region_name,
    created_at
from {{ source('raw', 'regions') }}
