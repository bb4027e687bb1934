select
    grid_id,
    grid_name,
    time_zone,
    created_at
from {{ source('raw', 'grids') }}
