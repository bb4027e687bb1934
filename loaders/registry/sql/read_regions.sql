select
from raw.regions
inner join raw.grids on regions.grid_id = grids.grid_id
where
    grids.grid_name = %(grid)s
    and regions.region_name = %(region)s
