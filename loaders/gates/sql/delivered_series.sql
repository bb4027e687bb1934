-- The series of some loads, with the number of rows that no accepted load had delivered.
with delivered as (
    select
        deliveries.load_id,
        deliveries.series_id,
        count(*) filter (
            where deliveries.stored_load_id = deliveries.load_id or storing_loads.status <> 'accepted'
        ) as new_row_count
    from raw.deliveries
    inner join raw.loads as storing_loads on deliveries.stored_load_id = storing_loads.load_id
    where deliveries.load_id = any(%(load_ids)s)
    group by deliveries.load_id, deliveries.series_id
)

select
    delivered.load_id,
    delivered.series_id,
    delivered.new_row_count,
    grids.grid_name as grid,
    regions.region_name as region,
    nodes.node_name as node,
    series.source,
    series.metric,
    series.unit,
    metrics.unit as metric_unit
from delivered
inner join raw.series on delivered.series_id = series.series_id
inner join raw.nodes on series.node_id = nodes.node_id
inner join raw.regions on nodes.region_id = regions.region_id
inner join raw.grids on regions.grid_id = grids.grid_id
inner join raw.metrics on series.metric = metrics.metric
order by delivered.load_id, series.metric, delivered.series_id
