with days as (
    select * from {{ ref('int_forecast_error_days') }}
    where grouped_by = 'lead_time'
),

lead_time_buckets as (
    select array_agg(hours_from order by hours_from) as bounds from {{ ref('lead_time_buckets') }}
),

summed as (
    select
        series_id,
        actual_series_id,
        group_number,
        sum(forecasts)::bigint as forecasts,
        sum(relative_errors) as relative_errors,
        sum(total_error) as total_error,
        sum(total_absolute_error) as total_absolute_error,
        sum(total_squared_error) as total_squared_error,
        sum(total_relative_error) as total_relative_error,
        sum(total_actual_size) as total_actual_size
    from days
    group by series_id, actual_series_id, group_number
),

final as (
    select
        summed.series_id,
        summed.actual_series_id,
        series.grid_id,
        series.region_id,
        series.node_id,
        series.grid_name,
        series.region_name,
        series.node_name,
        series.metric,
        series.source,
        series.unit,
        lead_time_buckets.bounds[summed.group_number] as lead_time_from_hours,
        lead_time_buckets.bounds[summed.group_number + 1] as lead_time_to_hours,
        summed.forecasts,
        summed.total_error / summed.forecasts as bias,
        summed.total_absolute_error / summed.forecasts as mae,
        sqrt(summed.total_squared_error / summed.forecasts) as rmse,
        summed.total_relative_error / nullif(summed.relative_errors, 0)::double precision as mape,
        case
            when summed.total_actual_size >= 1e-6 then summed.total_absolute_error / summed.total_actual_size
        end as wape
    from summed
    cross join lead_time_buckets
    inner join {{ ref('dim_series') }} as series on summed.series_id = series.series_id
)

select * from final
