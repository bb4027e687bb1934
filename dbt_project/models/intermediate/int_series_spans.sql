-- No CTEs, for the reason given in fct_measure_revisions: one probe of the index for each end of a series.
select
    series.series_id,
    ends.first_interval_start,
    ends.last_interval_start,
    {{ interval_end('ends.last_interval_start', 'series') }} as last_interval_end
from {{ ref('int_series') }} as series
cross join
    lateral (
        select
            min(latest.interval_start) as first_interval_start,
            max(latest.interval_start) as last_interval_start
        from {{ ref('int_measure_revisions') }} as latest
        where latest.series_id = series.series_id and latest.known_to is null
        {{ grouped_by('latest.series_id') }}
    ) as ends
where ends.first_interval_start is not null
