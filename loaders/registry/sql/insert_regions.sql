insert into raw.regions (grid_id, region_name)
select
    grid_id,
    %(region)s
from raw.grids
where grid_name = %(grid)s
