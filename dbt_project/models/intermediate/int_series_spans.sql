-- No CTEs, for the reason given in fct_measure_revisions: one probe of the index for each end of a series.
select
    series.series_id,
    first_intervals.interval_start as first_interval_start,
    last_intervals.interval_start as last_interval_start,
    {{ interval_end('last_intervals.interval_start', 'series') }} as last_interval_end
from {{ ref('int_series') }} as series
cross join
    lateral (
        select latest.interval_start
        from {{ ref('int_measure_revisions') }} as latest
        where latest.series_id = series.series_id and latest.known_to is null
        order by latest.interval_start asc
        limit 1
    ) as first_intervals
cross join lateral (
    select latest.interval_start
    from {{ ref('int_measure_revisions') }} as latest
    where latest.series_id = series.series_id and latest.known_to is null
    order by latest.interval_start desc
    limit 1
) as last_intervals
