insert into raw.series (node_id, metric, source, resolution, unit)
select
    nodes.node_id,
    metrics.metric,
    %(source)s as source,
    %(resolution)s as resolution,
    coalesce(%(unit)s, metrics.unit) as unit
from raw.nodes
inner join raw.regions on nodes.region_id = regions.region_id
inner join raw.grids on regions.grid_id = grids.grid_id
inner join raw.metrics on metrics.metric = %(metric)s
where
    grids.grid_name = %(grid)s
    and regions.region_name = %(region)s
    and nodes.node_name = %(node)s
