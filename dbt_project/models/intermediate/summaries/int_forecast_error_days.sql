{{
    config(
        materialized='incremental',
        incremental_strategy='apply_changes',
        unique_key=['series_id', 'local_date'],
        pre_hook="{{ begin_summary() }}",
        post_hook="{{ end_summary(
            ['series_id, local_date', 'series_id, grouped_by, local_date'], definitions_of_forecast_errors()
        ) }}",
    )
}}

-- depends_on: {{ ref('int_changed_keys') }}
-- depends_on: {{ ref('int_loads_applied') }}
-- depends_on: {{ ref('stg_loads') }}
-- depends_on: {{ ref('int_summaries_applied') }}
-- depends_on: {{ ref('int_summary_definitions') }}
-- depends_on: {{ ref('int_series_matched_to_actuals') }}
-- depends_on: {{ ref('int_measure_revisions') }}

with {% if is_incremental() %}
    {{ changed_series_days(definitions_of_forecast_errors(), [days_of_changed_actuals()]) }},
{% endif %}

errors as not materialized (
    {{ rows_of_days('int_forecast_errors') }}
),

lead_time_buckets as (
    select array_agg(hours_from order by hours_from) as bounds from {{ ref('lead_time_buckets') }}
),

quality_levels as (
    select array_agg(quality_level order by relative_error_from) as names from {{ ref('quality_levels') }}
),

-- `offset 0`: the groups of an error are computed once, not for each of its three kinds.
grouped_errors as (
    select
        errors.series_id,
        errors.actual_series_id,
        errors.error,
        errors.absolute_error,
        errors.relative_error,
        abs(errors.actual_value) as actual_size,
        width_bucket(errors.lead_time_hours, lead_time_buckets.bounds) as bucket,
        coalesce(array_position(quality_levels.names, errors.quality_level), 0) as level_number,
        date_part('hour', local_starts.local_start)::integer as local_hour,
        local_starts.local_start::date as local_date
    from errors
    inner join {{ ref('int_series') }} as series on errors.series_id = series.series_id
    cross join
        lateral (
            select errors.interval_start at time zone series.time_zone as local_start
            limit 1
        ) as local_starts
    cross join lead_time_buckets
    cross join quality_levels
    where errors.error is not null
    offset 0
),

summed as (
    select
        grouped_errors.series_id,
        grouped_errors.actual_series_id,
        grouped_errors.local_date,
        groups.grouped_by,
        groups.group_number,
        count(*) as forecasts,
        count(grouped_errors.relative_error) as relative_errors,
        sum(grouped_errors.error) as total_error,
        sum(grouped_errors.absolute_error) as total_absolute_error,
        sum(grouped_errors.error * grouped_errors.error) as total_squared_error,
        sum(grouped_errors.relative_error) as total_relative_error,
        sum(grouped_errors.actual_size) as total_actual_size
    from grouped_errors
    cross join
        lateral (
            values
            ('lead_time', grouped_errors.bucket),
            ('quality_level', grouped_errors.level_number),
            ('hour', grouped_errors.local_hour)
        ) as groups (grouped_by, group_number)
    group by
        grouped_errors.series_id,
        grouped_errors.actual_series_id,
        grouped_errors.local_date,
        groups.grouped_by,
        groups.group_number
),

{{ replace_series_days() }}

select * from final
