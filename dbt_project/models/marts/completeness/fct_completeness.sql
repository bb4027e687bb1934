with series as (
    select * from {{ ref('dim_series') }}
),

series_spans as not materialized (
    select * from {{ ref('int_series_spans') }}
),

reported as not materialized (
    select * from {{ ref('int_series_days') }}
),

spans as not materialized (
    select
        series.*,
        series_spans.first_interval_start,
        series_spans.last_interval_start
    from series
    inner join series_spans on series.series_id = series_spans.series_id
),

spans_of_days as not materialized (
    select * from spans
    where resolution::interval <= interval '1 day'
),

spans_of_weeks as not materialized (
    select * from spans
    where resolution::interval > interval '1 day'
),

-- The other resolutions of the same node, metric and source, with their spans.
pairs as (
    select
        one.series_id,
        other.series_id as other_series_id
    from series as one
    inner join series as other
        on one.node_id = other.node_id and one.metric = other.metric and one.source = other.source
    where one.series_id <> other.series_id
),

paired_spans as (
    select
        pairs.series_id,
        one.first_interval_start,
        one.last_interval_end,
        other.first_interval_start as other_first_interval_start,
        other.last_interval_end as other_last_interval_end
    from pairs
    inner join series_spans as one on pairs.series_id = one.series_id
    inner join series_spans as other on pairs.other_series_id = other.series_id
),

-- Where a publisher changes its interval, a series is expected up to where the next one begins, or from where it
-- takes over.
takeovers as not materialized (
    select
        series_id,
        max(first_interval_start) filter (where other_first_interval_start < first_interval_start) as expected_from,
        greatest(
            max(last_interval_end) filter (where other_last_interval_end > last_interval_end),
            min(other_first_interval_start) filter (where other_last_interval_end > last_interval_end)
        ) as expected_to
    from paired_spans
    group by series_id
),

-- Of hours and days: intervals that begin within the day, counted from the first interval of the series. `offset 0`: an
-- expectation is computed once, and series of the same span share it.
expected_by_day as (
    select
        spans.*,
        local_days.local_date,
        local_days.expected
    from spans_of_days as spans
    left join takeovers on spans.series_id = takeovers.series_id
    cross join lateral (
        select
            midnights.midnight::date as local_date,
            case
                when spans.resolution like 'PT%'
                    then
                        ceil(
                            extract(
                                epoch from
                                least(
                                    {{ day_start("midnights.midnight + interval '1 day'", 'spans.time_zone') }},
                                    takeovers.expected_to
                                ) - spans.first_interval_start
                            ) / extract(epoch from spans.resolution::interval)
                        )
                        - ceil(
                            extract(
                                epoch from
                                greatest(
                                    {{ day_start('midnights.midnight', 'spans.time_zone') }}, takeovers.expected_from
                                ) - spans.first_interval_start
                            ) / extract(epoch from spans.resolution::interval)
                        )
                else 1
            end::bigint as expected
        from
            generate_series(
                date_trunc('day', spans.first_interval_start at time zone spans.time_zone),
                date_trunc(
                    'day',
                    coalesce(takeovers.expected_to - interval '1 microsecond', spans.last_interval_start)
                    at time zone spans.time_zone
                ),
                interval '1 day'
            ) as midnights (midnight)
        offset 0
    ) as local_days
),

-- Weeks, months and years belong to the day on which they begin, one after the other from each that was reported to the
-- next: the weeks of a source may begin on another weekday from then on.
reported_starts as (
    select
        series_id,
        local_date::timestamp as first_midnight,
        lead(local_date::timestamp) over (partition by series_id order by local_date) as next_midnight
    from reported
    where series_id in (select spans_of_weeks.series_id from spans_of_weeks)
),

expected_by_interval as (
    select
        spans.*,
        midnights.midnight::date as local_date,
        1::bigint as expected
    from spans_of_weeks as spans
    inner join reported_starts on spans.series_id = reported_starts.series_id
    left join takeovers on spans.series_id = takeovers.series_id
    cross join lateral generate_series(
        reported_starts.first_midnight,
        greatest(
            reported_starts.first_midnight,
            coalesce(
                reported_starts.next_midnight,
                takeovers.expected_to at time zone spans.time_zone,
                reported_starts.first_midnight
            ) - spans.resolution::interval
        ),
        spans.resolution::interval
    ) as midnights (midnight)
),

expectations as (
    select * from expected_by_day
    union all
    select * from expected_by_interval
),

final as (
    select
        expectations.series_id,
        expectations.grid_id,
        expectations.region_id,
        expectations.node_id,
        expectations.grid_name,
        expectations.region_name,
        expectations.node_name,
        expectations.metric,
        expectations.source,
        expectations.expected,
        coalesce(reported.present, 0) as present,
        coalesce(reported.intervals - reported.present, 0) as withdrawn,
        greatest(expectations.expected - coalesce(reported.present, 0), 0) as missing,
        expectations.local_date
    from expectations
    left join reported
        on expectations.series_id = reported.series_id and expectations.local_date = reported.local_date
)

select * from final
