select
    region_id,
    grid_id,
    grid_name,
    region_name,
    time_zone
from marts.dim_region
order by region_id
