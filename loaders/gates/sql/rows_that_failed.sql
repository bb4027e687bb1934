-- The first new rows of a load and metric that broke a rule, by name.
select
    grids.grid_name as grid,
    regions.region_name as region,
    nodes.node_name as node,
    series.metric,
    series.source,
    flagged_rows.interval_start,
    flagged_rows.collected_at,
    flagged_rows.value
from raw.flagged_rows
inner join raw.series on flagged_rows.series_id = series.series_id
inner join raw.nodes on series.node_id = nodes.node_id
inner join raw.regions on nodes.region_id = regions.region_id
inner join raw.grids on regions.grid_id = grids.grid_id
where
    flagged_rows.load_id = %(load_id)s
    and flagged_rows.rule = %(rule)s
    and series.metric = %(metric)s
    and flagged_rows.is_new
order by grid, region, node, series.source, flagged_rows.interval_start, flagged_rows.collected_at
limit %(limit)s
