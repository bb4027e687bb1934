-- The series of some loads, with the number of rows that no accepted load had delivered, and the bounds of all rows.
with delivered as (
    select
        deliveries.load_id,
        deliveries.series_id,
        count(*) filter (
            where deliveries.stored_load_id = deliveries.load_id or storing_loads.status <> 'accepted'
        ) as new_row_count,
        count(*) - count(deliveries.value) as null_count,
        min(deliveries.value) as value_min,
        max(deliveries.value) as value_max,
        min(deliveries.interval_start) as first_interval,
        max(deliveries.interval_start) as last_interval,
        min(deliveries.collected_at) as first_collected_at,
        max(deliveries.collected_at) as last_collected_at,
        max(
            date_part('epoch', deliveries.interval_start) - date_part('epoch', deliveries.collected_at)
        ) as longest_lead,
        max(
            date_part('epoch', deliveries.collected_at) - date_part('epoch', deliveries.interval_start)
        ) as longest_delay
    from raw.deliveries
    inner join raw.loads as storing_loads on deliveries.stored_load_id = storing_loads.load_id
    where deliveries.load_id = any(%(load_ids)s)
    group by deliveries.load_id, deliveries.series_id
)

select
    delivered.load_id,
    delivered.series_id,
    delivered.new_row_count,
    delivered.null_count,
    delivered.value_min,
    delivered.value_max,
    date_part('epoch', least(delivered.first_interval, delivered.first_collected_at)) as first_time,
    date_part('epoch', delivered.last_collected_at) - date_part('epoch', loads.loaded_at) as collected_after_load,
    date_part('epoch', delivered.last_interval) - date_part('epoch', loads.loaded_at) as interval_after_load,
    delivered.longest_lead,
    delivered.longest_delay,
    date_part('epoch', delivered.last_interval) - date_part('epoch', delivered.first_interval) as span,
    date_part('epoch', series.resolution::interval) as step,
    grids.grid_name as grid,
    regions.region_name as region,
    nodes.node_name as node,
    series.source,
    series.metric,
    series.unit,
    metrics.unit as metric_unit
from delivered
inner join raw.loads on delivered.load_id = loads.load_id
inner join raw.series on delivered.series_id = series.series_id
inner join raw.nodes on series.node_id = nodes.node_id
inner join raw.regions on nodes.region_id = regions.region_id
inner join raw.grids on regions.grid_id = grids.grid_id
inner join raw.metrics on series.metric = metrics.metric
order by delivered.load_id, series.metric, delivered.series_id
