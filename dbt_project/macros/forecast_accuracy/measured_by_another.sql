{#
    CTEs of int_forecast_errors that end with `measured_by_another`, from `intervals` and `latest`: one probe of the index for each interval.
#}
{% macro measured_by_another_series(names) -%}
other_actuals as (
    select
        series_id,
        array_agg(actual_series_id order by preference) as actual_series_ids,
        array_agg(actual_seconds order by preference) as actual_seconds,
        array_agg(sums_over_time order by preference) as sums_over_time
    from {{ ref('int_series_matched_to_actuals') }}
    where not is_own
    group by series_id
),

-- Another series as actual: all its intervals within the forecast interval. Of several resolutions it is the first that
-- covers it.
measured_by_another as (
    select
        intervals.series_id,
        parts.actual_series_id,
        {%- for name in names %}
            intervals.{{ name }},
        {%- endfor %}
        {{ value_of_parts('parts') }} as actual_value,
        intervals.interval_start,
        null::timestamptz as forecast_until,
        parts.collected_at as actual_collected_at
    from intervals
    inner join other_actuals on intervals.series_id = other_actuals.series_id
    inner join lateral (
        select
            candidates.actual_series_id,
            candidates.sums_over_time,
            sums.*
        from
            unnest(other_actuals.actual_series_ids, other_actuals.actual_seconds, other_actuals.sums_over_time)
            with ordinality as candidates (actual_series_id, actual_seconds, sums_over_time, preference)
        cross join
            lateral (
                select {{ sum_parts('latest') }}
                from latest
                where
                    latest.series_id = candidates.actual_series_id
                    and latest.interval_start >= intervals.interval_start
                    and latest.interval_start < intervals.interval_end
            ) as sums
        where {{ covers_interval('sums', 'candidates.actual_seconds', 'intervals') }}
        order by {{ best_parts_first('sums', 'candidates.preference') }}
        limit 1
    ) as parts on true
)
{%- endmacro %}


{#
    The same where series are distributed. A forecast and its actual are usually on different nodes, and no index leads from one to the other.
    So what both need is collected, and joined by steps.
#}
{% macro measured_by_another_on_other_nodes(names) -%}
other_actuals as materialized (
    select
        matched.series_id,
        matched.actual_series_id,
        matched.actual_seconds,
        matched.sums_over_time,
        matched.preference,
        extract(epoch from series.resolution::interval)::double precision as seconds
    from {{ ref('int_series_matched_to_actuals') }} as matched
    inner join {{ ref('int_series') }} as series on matched.series_id = series.series_id
    where not matched.is_own
),

forecasts as materialized (
    select distinct
        series_id,
        seconds
    from other_actuals
),

forecast_intervals as materialized (
    select intervals.*
    from intervals
    inner join forecasts on intervals.series_id = forecasts.series_id
),

actual_measures as materialized (
    select
        other_actuals.series_id,
        other_actuals.actual_series_id,
        other_actuals.actual_seconds,
        other_actuals.sums_over_time,
        other_actuals.preference,
        latest.value,
        latest.interval_start,
        latest.collected_at,
        {{ step_of('latest.interval_start', 'other_actuals.seconds') }} as step
    from latest
    inner join other_actuals on latest.series_id = other_actuals.actual_series_id
),

{{ best_parts_by_step('forecast_intervals') }},

measured_by_another as (
    select
        forecast_intervals.series_id,
        best_parts.actual_series_id,
        {%- for name in names %}
        forecast_intervals.{{ name }},
        {%- endfor %}
        {{ value_of_parts('best_parts') }} as actual_value,
        forecast_intervals.interval_start,
        null::timestamptz as forecast_until,
        best_parts.collected_at as actual_collected_at
    from best_parts
    inner join forecast_intervals
        on
            best_parts.series_id = forecast_intervals.series_id
            and best_parts.interval_start = forecast_intervals.interval_start
)
{%- endmacro %}


{#
    CTEs that end with `best_parts`: the parts of an actual that cover an interval of `intervals`, from `forecasts` (series_id, and the seconds of
    its intervals) and `actual_measures` (the newest revisions of the actuals of each forecast, with their step).
#}
{% macro best_parts_by_step(intervals='intervals') -%}
-- Actuals are found by equality of a step of time, which is as long as the interval of the forecast: a condition on the
-- range alone would compare each interval with every actual.
steps as materialized (
    select
        {{ intervals }}.series_id,
        {{ intervals }}.interval_start,
        {{ intervals }}.interval_end,
        numbers.step
    from {{ intervals }}
    inner join forecasts on {{ intervals }}.series_id = forecasts.series_id
    cross join lateral generate_series(
        {{ step_of(intervals ~ '.interval_start', 'forecasts.seconds') }},
        {{ step_of(intervals ~ ".interval_end - interval '1 microsecond'", 'forecasts.seconds') }}
    ) as numbers (step)
),

parts as (
    select
        steps.series_id,
        steps.interval_start,
        steps.interval_end,
        actual_measures.actual_series_id,
        actual_measures.actual_seconds,
        actual_measures.sums_over_time,
        actual_measures.preference,
        {{ sum_parts('actual_measures') }}
    from steps
    inner join actual_measures on steps.series_id = actual_measures.series_id and steps.step = actual_measures.step
    where
        actual_measures.interval_start >= steps.interval_start
        and actual_measures.interval_start < steps.interval_end
    group by 1, 2, 3, 4, 5, 6, 7
),

best_parts as (
    select distinct on (series_id, interval_start) *
    from parts
    where {{ covers_interval('parts', 'parts.actual_seconds', 'parts') }}
    order by series_id asc, interval_start asc, {{ best_parts_first('parts', 'preference') }}
)
{%- endmacro %}
