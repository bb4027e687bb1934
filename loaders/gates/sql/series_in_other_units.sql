-- The series that are not in the unit of their metric.
select
    grids.grid_name as grid,
    regions.region_name as region,
    nodes.node_name as node,
    series.source,
    series.metric,
    series.unit,
    metrics.unit as metric_unit
from raw.series
inner join raw.metrics on series.metric = metrics.metric
inner join raw.nodes on series.node_id = nodes.node_id
inner join raw.regions on nodes.region_id = regions.region_id
inner join raw.grids on regions.grid_id = grids.grid_id
where series.unit <> metrics.unit
order by series.metric, series.unit, series.series_id
