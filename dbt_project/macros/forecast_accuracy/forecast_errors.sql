{#
    What is compared with what, and how far off it is, for int_forecast_errors and forecast_accuracy_as_of. `names` are columns of
    `intervals` that are carried along.

    `intervals`: the newest revision of each interval with interval_end. `revisions`: all of them. `actual_series`: the rows of
    int_series_matched_to_actuals.
#}

{# A series that is its own actual: its last value, if that was collected after delivery. #}
{% macro measured_by_itself(names=[]) -%}
measured_by_itself as (
    select
        intervals.series_id,
        intervals.series_id as actual_series_id,
        {%- for name in names %}
        intervals.{{ name }},
        {%- endfor %}
        intervals.value as actual_value,
        intervals.interval_start,
        intervals.interval_end as forecast_until,
        intervals.collected_at as actual_collected_at
    from intervals
    inner join actual_series on intervals.series_id = actual_series.series_id
    where actual_series.is_own and intervals.collected_at >= intervals.interval_end
)
{%- endmacro %}


{# The number of the step of so many seconds in which a time is. An interval of that length is in one step or two. #}
{% macro step_of(timestamp, seconds) -%}
    floor(extract(epoch from {{ timestamp }})::double precision / {{ seconds }})::bigint
{%- endmacro %}


{# The aggregates over the newest revisions of an actual within one interval of a forecast. #}
{% macro sum_parts(revisions) -%}
    count(*) as intervals,
    count({{ revisions }}.value) as reporting,
    sum({{ revisions }}.value) as total,
    avg({{ revisions }}.value) as average,
    min({{ revisions }}.interval_start) as first_interval_start,
    max({{ revisions }}.collected_at) as collected_at
{%- endmacro %}


{#
    True where the parts cover the interval of the forecast. Of a daily actual, a day may have an hour less or more. Weeks, months and
    years have no actual_seconds: one covers the same one.
#}
{% macro covers_interval(parts, actual_seconds, interval) -%}
    {{ parts }}.first_interval_start = {{ interval }}.interval_start
    and case
        when {{ actual_seconds }} is null then {{ parts }}.intervals = 1
        else
            abs(
                extract(epoch from {{ interval }}.interval_end - {{ interval }}.interval_start)
                - {{ parts }}.intervals * {{ actual_seconds }}
            ) <= case when {{ actual_seconds }} = 86400 then 3600 else 0 end
    end
{%- endmacro %}


{# The length of an actual that has a fixed one, or is a day. #}
{% macro seconds_of_actual(resolution) -%}
    case
        when {{ resolution }} like 'PT%' or {{ resolution }} = 'P1D' then extract(epoch from {{ resolution }}::interval)
    end
{%- endmacro %}


{# Of several resolutions that cover an interval it is the first of which nothing was withdrawn, else the first. #}
{% macro best_parts_first(parts, preference) -%}
    ({{ parts }}.reporting < {{ parts }}.intervals) asc, {{ preference }} asc
{%- endmacro %}


{% macro value_of_parts(parts) -%}
    case
        when {{ parts }}.reporting < {{ parts }}.intervals then null
        when {{ parts }}.sums_over_time then {{ parts }}.total
        else {{ parts }}.average
    end
{%- endmacro %}


{# CTEs that end with `scored`, from `measured_by_itself`, `measured_by_another` and `revisions`. #}
{% macro score_forecasts(names=[]) -%}
quality_levels as (
    select
        array_agg(levels.quality_level order by levels.relative_error_from) as names,
        array_agg(levels.relative_error_from order by levels.relative_error_from) as bounds
    from {{ ref('quality_levels').include(database=false) }} as levels
),

actuals as (
    select * from measured_by_itself
    union all
    select * from measured_by_another
),

errors as (
    select
        actuals.series_id,
        actuals.actual_series_id,
        {%- for name in names %}
        actuals.{{ name }},
        {%- endfor %}
        revisions.load_id,
        revisions.value as forecast_value,
        actuals.actual_value,
        revisions.value - actuals.actual_value as error,
        case when abs(actuals.actual_value) >= 1e-6 then abs(actuals.actual_value) end as actual_size,
        extract(epoch from actuals.interval_start - revisions.collected_at)::double precision / 3600 as lead_time_hours,
        actuals.interval_start,
        revisions.collected_at,
        actuals.actual_collected_at
    from actuals
    inner join revisions
        on actuals.series_id = revisions.series_id and actuals.interval_start = revisions.interval_start
    where actuals.forecast_until is null or revisions.collected_at < actuals.forecast_until
),

rated as (
    select
        *,
        abs(error) as absolute_error,
        abs(error) / actual_size as relative_error
    from errors
),

scored as (
    select
        rated.*,
        quality_levels.names[width_bucket(rated.relative_error, quality_levels.bounds)] as quality_level
    from rated
    cross join quality_levels
)
{%- endmacro %}
