with series as (
    select * from {{ ref('dim_series') }}
),

series_spans as not materialized (
    select * from {{ ref('int_series_spans') }}
),

reported as (
    select * from {{ ref('int_series_days') }}
),

spans as (
    select
        series.*,
        series_spans.first_interval_start,
        series_spans.last_interval_start
    from series
    inner join series_spans on series.series_id = series_spans.series_id
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
takeovers as (
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

-- Intervals that begin within the day, counted from the first interval of the series. `offset 0`: an expectation is
-- computed once, and series of the same span share it.
expectations as (
    select
        spans.*,
        local_days.local_date,
        local_days.expected
    from spans
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
