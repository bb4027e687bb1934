-- No CTEs, for the reason given in fct_measure_revisions. A partial index holds just the rows without known_to.
select
    revisions.series_id,
    series.grid_id,
    series.region_id,
    series.node_id,
    revisions.load_id,
    series.grid_name,
    series.region_name,
    series.node_name,
    series.metric,
    series.source,
    series.unit,
    flagged.quality_flag,
    revisions.value,
    revisions.interval_start,
    revisions.collected_at
from {{ ref('int_measure_revisions') }} as revisions
left join {{ ref('dim_series') }} as series on revisions.series_id = series.series_id
left join {{ ref('int_flagged_revisions') }} as flagged
    on
        revisions.series_id = flagged.series_id
        and revisions.interval_start = flagged.interval_start
        and revisions.collected_at = flagged.collected_at
        and revisions.value is not distinct from flagged.value
where revisions.known_to is null
