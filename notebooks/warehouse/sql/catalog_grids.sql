select
    grid_id,
    grid_name,
    time_zone
from marts.dim_grid
order by grid_id
