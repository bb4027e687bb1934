select series.unit
from raw.series
inner join raw.nodes on series.node_id = nodes.node_id
inner join raw.regions on nodes.region_id = regions.region_id
inner join raw.grids on regions.grid_id = grids.grid_id
where
    grids.grid_name = %(grid)s
    and regions.region_name = %(region)s
    and nodes.node_name = %(node)s
    and series.metric = %(metric)s
    and series.source = %(source)s
    and series.resolution = %(resolution)s
