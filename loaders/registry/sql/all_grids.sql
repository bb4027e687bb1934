select
    grid_name,
    grid_id
from raw.grids
