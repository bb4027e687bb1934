insert into raw.nodes (region_id, node_name)
select
    regions.region_id,
    %(node)s as node_name
from raw.regions
inner join raw.grids on regions.grid_id = grids.grid_id
where
    grids.grid_name = %(grid)s
    and regions.region_name = %(region)s
