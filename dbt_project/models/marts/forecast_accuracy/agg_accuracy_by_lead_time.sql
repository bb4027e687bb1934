with accuracy as (
    select * from {{ ref('fct_forecast_accuracy') }}
),

lead_time_buckets as (
    select array_agg(hours_from order by hours_from) as bounds from {{ ref('lead_time_buckets') }}
),

bucketed as (
    select
        accuracy.*,
        width_bucket(accuracy.lead_time_hours, lead_time_buckets.bounds) as bucket,
        lead_time_buckets.bounds
    from accuracy
    cross join lead_time_buckets
    where accuracy.error is not null
),

final as (
    select
        series_id,
        actual_series_id,
        grid_id,
        region_id,
        node_id,
        grid_name,
        region_name,
        node_name,
        metric,
        source,
        unit,
        bounds[bucket] as lead_time_from_hours,
        bounds[bucket + 1] as lead_time_to_hours,
        count(*) as forecasts,
        avg(error) as bias,
        avg(absolute_error) as mae,
        sqrt(avg(error * error)) as rmse,
        avg(relative_error) as mape,
        case when sum(abs(actual_value)) >= 1e-6 then sum(absolute_error) / sum(abs(actual_value)) end as wape
    from bucketed
    group by
        series_id, actual_series_id, grid_id, region_id, node_id, grid_name, region_name, node_name, metric, source,
        unit, bounds, bucket
)

select * from final
