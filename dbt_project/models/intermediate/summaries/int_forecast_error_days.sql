{{
    config(
        materialized='incremental',
        distributed_by='series_id',
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
-- depends_on: {{ ref('int_series_spans') }}
-- depends_on: {{ ref('int_series_matched_to_actuals') }}
-- depends_on: {{ ref('int_measure_revisions') }}

with {% if is_incremental() %}
    {{ changed_series_days(definitions_of_forecast_errors(), [days_of_changed_actuals()]) }},
{% endif %}

errors as not materialized (
    {{ rows_of_days('int_forecast_errors') }}
),

{{ accuracy_code_lists() }},

-- `offset 0`: the groups of an error are computed once, not for each of its three kinds.
grouped_errors as (
    select
        errors.series_id,
        errors.actual_series_id,
        errors.error,
        errors.absolute_error,
        errors.relative_error,
        errors.actual_value,
        {{ lead_time_group('errors') }} as bucket,
        {{ quality_level_group('errors') }} as level_number,
        {{ hour_group('local_starts.local_start') }} as local_hour,
        local_starts.local_start::date as local_date
    from errors
    inner join {{ ref('int_series') }} as series on errors.series_id = series.series_id
    cross join
        lateral (
            select errors.interval_start at time zone series.time_zone as local_start
            limit 1
        ) as local_starts
    cross join code_lists
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
        {{ sum_errors('grouped_errors') }}
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

-- In the order in which they are read: the groups of one kind of a series, day by day, are in one page or two.
select * from final
order by series_id, grouped_by, local_date, group_number
