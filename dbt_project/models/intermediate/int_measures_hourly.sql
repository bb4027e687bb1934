-- No CTEs, for the reason given in fct_measure_revisions, and no union of hourly and finer series: a join would not
-- reach the index through either. An hour with a missing part has no value, so it is enough to read the hours whose
-- first part is present.
select
    latest.series_id,
    case
        when series.resolution::interval = interval '1 hour' then latest.value
        when parts.reporting * extract(epoch from series.resolution::interval) <> 3600 then null
        when {{ sums_over_time('series.unit') }} then parts.total
        else parts.average
    end as value,
    latest.interval_start
from {{ ref('int_measure_revisions') }} as latest
inner join {{ ref('int_series') }} as series on latest.series_id = series.series_id
left join lateral (
    select
        count(part.value) as reporting,
        sum(part.value) as total,
        avg(part.value) as average
    from {{ ref('int_measure_revisions') }} as part
    where
        part.known_to is null
        and series.resolution::interval < interval '1 hour'
        and part.series_id = latest.series_id
        and part.interval_start >= latest.interval_start
        and part.interval_start < latest.interval_start + interval '1 hour'
    {{ grouped_by('part.series_id') }}
) as parts on true
where
    latest.known_to is null
    and (
        series.resolution::interval = interval '1 hour'
        or (
            series.resolution::interval < interval '1 hour'
            and latest.interval_start = date_trunc('hour', latest.interval_start, series.time_zone)
        )
    )
