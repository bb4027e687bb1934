{#
    How errors of forecasts are grouped, summed up and averaged, for the sums by day and the answers that are made of them.
#}

{# The CTE `code_lists`: one row with the bounds of the lead-time buckets and the names of the quality levels. #}
{% macro accuracy_code_lists() -%}
code_lists as (
    select
        (
            select array_agg(buckets.hours_from order by buckets.hours_from)
            from {{ ref('lead_time_buckets').include(database=false) }} as buckets
        ) as bounds,
        (
            select array_agg(levels.quality_level order by levels.relative_error_from)
            from {{ ref('quality_levels').include(database=false) }} as levels
        ) as levels
)
{%- endmacro %}


{# The number of the group of an error, for each kind of group. They read `code_lists`. #}
{% macro lead_time_group(errors) -%}
    width_bucket({{ errors }}.lead_time_hours, code_lists.bounds)
{%- endmacro %}


{% macro quality_level_group(errors) -%}
    coalesce(array_position(code_lists.levels, {{ errors }}.quality_level), 0)
{%- endmacro %}


{% macro hour_group(local_start) -%}
    date_part('hour', {{ local_start }})::integer
{%- endmacro %}


{# The local month, as 202603. #}
{% macro month_group(local_start) -%}
    to_char({{ local_start }}, 'YYYYMM')::integer
{%- endmacro %}


{% macro sum_errors(errors) -%}
    count(*) as forecasts,
    count({{ errors }}.relative_error) as relative_errors,
    sum({{ errors }}.error) as total_error,
    sum({{ errors }}.absolute_error) as total_absolute_error,
    sum({{ errors }}.error * {{ errors }}.error) as total_squared_error,
    sum({{ errors }}.relative_error) as total_relative_error,
    sum(abs({{ errors }}.actual_value)) as total_actual_size
{%- endmacro %}


{# The aggregates over sums of errors. #}
{% macro average_errors(sums) -%}
    sum({{ sums }}.forecasts)::bigint as forecasts,
    sum({{ sums }}.total_error) / sum({{ sums }}.forecasts)::double precision as bias,
    sum({{ sums }}.total_absolute_error) / sum({{ sums }}.forecasts)::double precision as mae,
    sqrt(sum({{ sums }}.total_squared_error) / sum({{ sums }}.forecasts)::double precision) as rmse,
    sum({{ sums }}.total_relative_error) / nullif(sum({{ sums }}.relative_errors), 0)::double precision as mape,
    case
        when sum({{ sums }}.total_actual_size) >= 1e-6 then sum({{ sums }}.total_absolute_error) / sum({{ sums }}.total_actual_size)
    end as wape,
    sum({{ sums }}.total_actual_size) / sum({{ sums }}.forecasts)::double precision as mean_absolute_actual
{%- endmacro %}


{#
    CTEs that end with `sums_of_facts`: the sums of the rows `errors` of the facts by series, actual series and group, by the argument
    grouped_by of the function `name`. Of a kind of group that does not exist the number is null, and there are none.
#}
{% macro group_errors(name, errors) -%}
{#- Not a join: the planner expects few errors, and would compare all of them with each series. -#}
{%- set local_start -%}
errors.interval_start at time zone (
                select series.time_zone
                from {{ ref('dim_series').include(database=false) }} as series
                where series.series_id = errors.series_id
            )
{%- endset -%}
{{ accuracy_code_lists() }},

grouped_errors as (
    select
        errors.*,
        case {{ name }}.grouped_by
            when 'lead_time' then {{ lead_time_group('errors') }}
            when 'quality_level' then {{ quality_level_group('errors') }}
            when 'hour' then {{ hour_group(local_start) }}
            when 'month' then {{ month_group(local_start) }}
            when 'series' then 0
        end as group_number
    from {{ errors }} as errors
    cross join code_lists
    where errors.error is not null
),

sums_of_facts as (
    select
        series_id,
        actual_series_id,
        group_number,
        {{ sum_errors('grouped_errors') }}
    from grouped_errors
    where group_number is not null
    group by series_id, actual_series_id, group_number
)
{%- endmacro %}


{# The answer of the function `name`, from its CTE `sums`, which says as which series each counts. #}
{% macro average_groups(name) -%}
final as (
    select
        sums.counted_as as series_id,
        case when {{ name }}.counted_as is null then sums.actual_series_id end as actual_series_id,
        sums.group_number,
        {{ average_errors('sums') }}
    from sums
    group by 1, 2, 3
)

select * from final
{%- endmacro %}
