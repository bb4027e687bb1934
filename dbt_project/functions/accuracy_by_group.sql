with {{ days_and_edges('accuracy_by_group') }},

edge_errors as (
    select forecasts.*
    from edges
    cross join
        lateral (
            select accuracy.*
            from {{ ref('fct_forecast_accuracy').include(database=false) }} as accuracy
            where
                accuracy.series_id = edges.series_id
                and accuracy.interval_start >= edges.edge_start
                and accuracy.interval_start < edges.edge_end
            offset 0
        ) as forecasts
),

{{ group_errors('accuracy_by_group', 'edge_errors') }},

sums as (
    select
        by_day.series_id,
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
    from days
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
            offset 0
        ) as by_day
    union all
    select * from sums_of_facts
),

{{ average_groups('accuracy_by_group') }}
