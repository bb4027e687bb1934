select
    grids.grid_name,
    regions.region_name,
    regions.region_id
from raw.regions
inner join raw.grids on regions.grid_id = grids.grid_id
