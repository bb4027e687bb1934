-- No CTEs, for the reason given in fct_measure_revisions.
select
    series.series_id,
    series.grid_id,
    series.region_id,
    series.node_id,
    series.grid_name,
    series.region_name,
    series.node_name,
    series.metric,
    series.source,
    series.unit,
    series.time_zone,
    latest.value,
    latest.interval_start,
    {{ interval_end('latest.interval_start', 'series') }} as interval_end,
    latest.collected_at,
    latest.first_collected_at
from {{ ref('int_measure_revisions') }} as latest
inner join {{ ref('int_series') }} as series on latest.series_id = series.series_id
where latest.known_to is null
