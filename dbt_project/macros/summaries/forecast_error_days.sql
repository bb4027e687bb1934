{% macro definitions_of_forecast_errors() -%}
    select
        series.series_id,
        concat_ws(
            ' ', series.time_zone, series.resolution, matched.actuals, code_lists.bounds, code_lists.levels
        ) as definition
    from {{ ref('int_series') }} as series
    left join (
        select
            series_id,
            string_agg(
                concat_ws(
                    ' ',
                    actual_series_id,
                    actual_seconds,
                    sums_over_time,
                    is_own,
                    -- Sums that were made when only days of 24 hours had errors are computed again.
                    case when actual_seconds >= 86400 and not is_own then 'any day' end,
                    case when actual_seconds is null then 'calendar' end
                ),
                ', ' order by preference
            ) as actuals
        from {{ ref('int_series_matched_to_actuals') }}
        group by series_id
    ) as matched on series.series_id = matched.series_id
    cross join (
        select
            (
                select string_agg(buckets.hours_from::text, ',' order by buckets.hours_from)
                from {{ ref('lead_time_buckets') }} as buckets
            ) as bounds,
            (
                select string_agg(concat(levels.quality_level, levels.relative_error_from), ',' order by levels.relative_error_from)
                from {{ ref('quality_levels') }} as levels
            ) as levels
    ) as code_lists
{%- endmacro %}


{# A new value of an actual changes the errors of the forecasts whose intervals contain its interval. #}
{% macro days_of_changed_actuals() -%}
    select
        matched.series_id,
        all_dates.midnight::date as local_date
    from changed_keys
    inner join {{ ref('int_series_matched_to_actuals') }} as matched
        on changed_keys.series_id = matched.actual_series_id and not matched.is_own
    inner join {{ ref('int_series') }} as series on matched.series_id = series.series_id
    cross join lateral (
        select
            changed_keys.interval_start at time zone series.time_zone as changed_at,
            case
                when series.resolution like 'PT%'
                    then changed_keys.interval_start - series.resolution::interval + interval '1 microsecond'
                else changed_keys.interval_start - series.resolution::interval - interval '1 day'
            end at time zone series.time_zone as earliest
    ) as local_times
    -- A month or a year begins on one day only.
    cross join lateral generate_series(
        case series.resolution
            when 'P1Y' then date_trunc('year', local_times.changed_at)
            when 'P1M' then date_trunc('month', local_times.changed_at)
            else date_trunc('day', local_times.earliest)
        end,
        case series.resolution
            when 'P1Y' then date_trunc('year', local_times.changed_at)
            when 'P1M' then date_trunc('month', local_times.changed_at)
            else date_trunc('day', local_times.changed_at)
        end,
        interval '1 day'
    ) as all_dates (midnight)
{%- endmacro %}
