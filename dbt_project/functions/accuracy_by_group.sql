with {{ days_and_edges('accuracy_by_group') }},

{{ count_days_as('accuracy_by_group') }},

sums as (
    select
        days.series_id,
        days.counted_as,
        by_day.actual_series_id,
        case accuracy_by_group.grouped_by
            when 'series' then 0
            when 'month' then {{ month_group('by_day.local_date') }}
            else by_day.group_number
        end as group_number,
        by_day.forecasts,
        by_day.relative_errors,
        by_day.total_error,
        by_day.total_absolute_error,
        by_day.total_squared_error,
        by_day.total_relative_error,
        by_day.total_actual_size
    from counted_days as days
    cross join
        lateral (
            select sums_of_day.*
            from {{ ref('agg_forecast_errors_by_day').include(database=false) }} as sums_of_day
            where
                sums_of_day.series_id = days.series_id
                and sums_of_day.grouped_by = case
                    when accuracy_by_group.grouped_by in ('series', 'month') then 'quality_level'
                    else accuracy_by_group.grouped_by
                end
                and sums_of_day.local_date >= coalesce(days.first_date, '-infinity')
                and sums_of_day.local_date < coalesce(days.end_date, 'infinity')
            {{ offset_0() }}
        ) as by_day
    union all
    select
        days.series_id,
        days.counted_as,
        of_edges.actual_series_id,
        of_edges.group_number,
        of_edges.forecasts,
        of_edges.relative_errors,
        of_edges.total_error,
        of_edges.total_absolute_error,
        of_edges.total_squared_error,
        of_edges.total_relative_error,
        of_edges.total_actual_size
    from {{ sums_of_edges('error_sums_of_partial_days', 'accuracy_by_group', ['grouped_by']) }} as of_edges
    inner join counted_days as days on of_edges.series_id = days.series_id
    where exists (select from edges)
),

{{ average_groups('accuracy_by_group') }}
