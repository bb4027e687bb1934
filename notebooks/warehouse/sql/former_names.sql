-- What grids, regions and nodes are called now that had one of these names before.
select distinct
    'node' as level,
    history.node_name as former_name,
    nodes.node_name as current_name
from marts.dim_node_history as history
inner join marts.dim_node as nodes on history.node_id = nodes.node_id
where history.node_name = any($1::text[]) and history.node_name <> nodes.node_name
union
select distinct
    'region' as level,
    history.region_name as former_name,
    regions.region_name as current_name
from marts.dim_node_history as history
inner join marts.dim_region as regions on history.region_id = regions.region_id
where history.region_name = any($1::text[]) and history.region_name <> regions.region_name
union
select distinct
    'grid' as level,
    history.grid_name as former_name,
    grids.grid_name as current_name
from marts.dim_node_history as history
inner join marts.dim_grid as grids on history.grid_id = grids.grid_id
where history.grid_name = any($1::text[]) and history.grid_name <> grids.grid_name
order by level, former_name, current_name
