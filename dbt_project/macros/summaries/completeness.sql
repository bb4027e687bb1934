{#
    How many intervals each series has of those expected by local day, for fct_completeness and completeness_by_day. `name` is the function,
    whose arguments start_date, end_date and series_ids limit what is computed; without it everything is.

    What is expected follows from the first and last interval of a series. Both are on its first and last row of agg_revisions_by_day: to look
    for them in the revisions takes longer to plan with each month of them.
#}
{% macro completeness_of_days(name=none) -%}
{%- set database = {'database': name is none} -%}
{%- set first_ends, last_ends = ('ends', 'ends') if is_distributed() else ('first_days', 'last_days') -%}
series as (
    select * from {{ ref('dim_series').include(**database) }}
),

spans as {{ 'materialized' if name else gathered() }} (
    select
        series.*,
        {{ first_ends }}.first_interval_start,
        {{ last_ends }}.last_interval_start,
        {{ interval_end(last_ends ~ '.last_interval_start', 'series') }} as last_interval_end
    from series
    {%- if is_distributed() %}
    inner join (
        select
            days.series_id,
            min(days.first_interval_start) as first_interval_start,
            max(days.newest_interval_start) as last_interval_start
        from {{ ref('agg_revisions_by_day').include(**database) }} as days
        group by days.series_id
    ) as ends on series.series_id = ends.series_id
    {%- else %}
    cross join lateral (
        select days.first_interval_start
        from {{ ref('agg_revisions_by_day').include(**database) }} as days
        where days.series_id = series.series_id
        order by days.local_date asc
        limit 1
    ) as first_days
    cross join lateral (
        select days.newest_interval_start as last_interval_start
        from {{ ref('agg_revisions_by_day').include(**database) }} as days
        where days.series_id = series.series_id
        order by days.local_date desc
        limit 1
    ) as last_days
    {%- endif %}
    {%- if name %}
    -- With the other resolutions of each selected series.
    where
        {{ name }}.series_ids is null
        or series.node_id in (
            select selected.node_id
            from series as selected
            where selected.series_id = any({{ name }}.series_ids)
        )
    {%- endif %}
),

selected_spans as not materialized (
    select * from spans
    {%- if name %}
    where {{ name }}.series_ids is null or spans.series_id = any({{ name }}.series_ids)
    {%- endif %}
),

spans_of_days as not materialized (
    select * from selected_spans
    where resolution::interval <= interval '1 day'
),

spans_of_weeks as not materialized (
    select * from selected_spans
    where resolution::interval > interval '1 day'
),

reported as {{ gathered() }} (
    {%- if name %}
    select days_of_series.*
    from series
    cross join lateral (
        select days.*
        from {{ ref('agg_revisions_by_day').include(**database) }} as days
        where
            days.series_id = series.series_id
            and days.local_date >= coalesce({{ name }}.start_date, '-infinity')
            and days.local_date < coalesce({{ name }}.end_date, 'infinity')
        {{ offset_0() }}
    ) as days_of_series
    where {{ name }}.series_ids is null or series.series_id = any({{ name }}.series_ids)
    {%- else %}
    select * from {{ ref('agg_revisions_by_day') }}
    {%- endif %}
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
    inner join spans as one on pairs.series_id = one.series_id
    inner join spans as other on pairs.other_series_id = other.series_id
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

-- Of hours and days: intervals that begin within the day, counted from the first interval of the series. `limit 1`: a
-- length is read once per series, and an expectation is computed once. A condition on the days is met before it is computed.
expected_by_day as (
    select
        spans.*,
        midnights.midnight::date as local_date,
        expectations.expected
    from spans_of_days as spans
    cross join lateral (
        select extract(epoch from spans.resolution::interval) as seconds
        limit 1
    ) as lengths
    left join takeovers on spans.series_id = takeovers.series_id
    cross join lateral generate_series(
        {{ 'greatest(' ~ name ~ '.start_date::timestamp, ' if name }}date_trunc(
            'day', spans.first_interval_start at time zone spans.time_zone
        ){{ ')' if name }},
        {{ 'least(' ~ name ~ ".end_date - interval '1 day', " if name }}date_trunc(
            'day',
            coalesce(takeovers.expected_to - interval '1 microsecond', spans.last_interval_start)
            at time zone spans.time_zone
        ){{ ')' if name }},
        interval '1 day'
    ) as midnights (midnight)
    cross join lateral (
        select
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
                            ) / lengths.seconds
                        )
                        - ceil(
                            extract(
                                epoch from
                                greatest(
                                    {{ day_start('midnights.midnight', 'spans.time_zone') }}, takeovers.expected_from
                                ) - spans.first_interval_start
                            ) / lengths.seconds
                        )
                else 1
            end::bigint as expected
        limit 1
    ) as expectations
),

-- Weeks, months and years belong to the day on which they begin, one after the other from each that was reported to the
-- next: the weeks of a source may begin on another weekday from then on.
reported_starts as (
    select
        days.series_id,
        days.local_date::timestamp as first_midnight,
        lead(days.local_date::timestamp) over (partition by days.series_id order by days.local_date) as next_midnight
    from series
    cross join lateral (
        select all_days.*
        from {{ ref('agg_revisions_by_day').include(**database) }} as all_days
        where all_days.series_id = series.series_id
        {{ offset_0() }}
    ) as days
    where series.resolution::interval > interval '1 day'
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
    {%- if name %}
    where
        midnights.midnight >= coalesce({{ name }}.start_date, '-infinity')
        and midnights.midnight < coalesce({{ name }}.end_date, 'infinity')
    {%- endif %}
),

expectations as (
    select * from expected_by_day
    union all
    select * from expected_by_interval
),

completeness as (
    select
        expectations.*,
        coalesce(reported.present, 0) as present,
        coalesce(reported.intervals - reported.present, 0) as withdrawn,
        greatest(expectations.expected - coalesce(reported.present, 0), 0) as missing
    from expectations
    left join reported
        on expectations.series_id = reported.series_id and expectations.local_date = reported.local_date
)
{%- endmacro %}


{# Hook of int_series_days, for a table that an earlier version of this project made. #}
{% macro add_first_interval_start() %}
    {%- set columns = adapter.get_columns_in_relation(this) | map(attribute='name') if is_incremental() else [] %}
    {%- if is_incremental() and 'first_interval_start' not in columns %}
    alter table {{ this }} add column first_interval_start timestamptz;
    update {{ this }} as days
    set first_interval_start = (
        select min(latest.interval_start)
        from {{ ref('int_measure_revisions') }} as latest
        where
            latest.known_to is null
            and latest.series_id = days.series_id
            and latest.interval_start >= {{ day_start('days.local_date', 'series.time_zone') }}
            and latest.interval_start < {{ day_start('days.local_date + 1', 'series.time_zone') }}
    )
    from {{ ref('int_series') }} as series
    where days.series_id = series.series_id
    {%- endif %}
{% endmacro %}
