select
    series.grid_name as grid,
    series.region_name as region,
    series.node_name as node,
    series.metric,
    revisions.load_id,
    revisions.interval_start,
    revisions.collected_at,
    revisions.value
from staging.int_measure_revisions as revisions
inner join marts.dim_series as series on revisions.series_id = series.series_id
where revisions.collected_at > now() + interval '1 day'
order by revisions.collected_at desc
