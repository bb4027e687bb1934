with series as (
    select * from {{ ref('dim_series') }}
),

days as not materialized (
    select * from {{ ref('int_forecast_error_days') }}
),

lead_time_buckets as (
    select array_agg(hours_from order by hours_from) as bounds from {{ ref('lead_time_buckets') }}
),

-- Lateral, so that a filter on names of the hierarchy reaches the index.
final as (
    select
        series.series_id,
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
        summed.bias,
        summed.mae,
        summed.rmse,
        summed.mape,
        summed.wape,
        summed.mean_absolute_actual
    from series
    cross join lead_time_buckets
    cross join lateral (
        select
            days.actual_series_id,
            days.group_number,
            {{ average_errors('days') }}
        from days
        where days.series_id = series.series_id and days.grouped_by = 'lead_time'
        group by days.actual_series_id, days.group_number
    ) as summed
)

select * from final
