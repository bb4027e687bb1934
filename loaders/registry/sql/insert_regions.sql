insert into raw.regions (grid_id, region_name)
select
    grid_id,
    %(region)s as region_name
from raw.grids
where grid_name = %(grid)s
