select
    grids.grid_name,
    regions.region_name,
    nodes.node_name,
    nodes.node_id
from raw.nodes
inner join raw.regions on nodes.region_id = regions.region_id
inner join raw.grids on regions.grid_id = grids.grid_id
