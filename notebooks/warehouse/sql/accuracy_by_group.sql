-- Whole local days come from the sums by day, the parts of days at the edges of the range from the forecasts.
with days as (
    select * from marts.local_days_within($2, $3, $1)
),

edges as (
    select
        series_id,
        $2::timestamptz as edge_start,
        least($3, first_day_start_at) as edge_end
    from days
    where $2 < least($3, first_day_start_at)
    union all
    select
        series_id,
        end_day_start_at as edge_start,
        $3::timestamptz as edge_end
    from days
    where end_day_start_at < $3 and (first_date is null or first_date <= end_date)
),

edge_errors as (
    select
        forecasts.*,
        case $5::text
            when 'lead_time' then width_bucket(forecasts.lead_time_hours, $6::double precision[])
            when 'quality_level' then coalesce(array_position($7::text[], forecasts.quality_level), 0)
            when 'hour' then extract(hour from forecasts.interval_start at time zone dim_series.time_zone)::integer
            else 0
        end as "group"
    from edges
    cross join
        lateral (
            select accuracy.*
            from marts.fct_forecast_accuracy as accuracy
            where
                accuracy.series_id = edges.series_id
                and accuracy.interval_start >= edges.edge_start
                and accuracy.interval_start < edges.edge_end
                and accuracy.error is not null
            offset 0
        ) as forecasts
    inner join marts.dim_series on forecasts.series_id = dim_series.series_id
),

sums as (
    select
        by_day.series_id,
        by_day.actual_series_id,
        case when $5::text = 'series' then 0 else by_day.group_number end as "group",
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
            from marts.agg_forecast_errors_by_day as sums_of_day
            where
                sums_of_day.series_id = days.series_id
                and sums_of_day.grouped_by = case $5::text when 'series' then 'quality_level' else $5::text end
                and sums_of_day.local_date >= coalesce(days.first_date, '-infinity')
                and sums_of_day.local_date < coalesce(days.end_date, 'infinity')
            offset 0
        ) as by_day
    union all
    select
        series_id,
        actual_series_id,
        "group",
        count(*) as forecasts,
        count(relative_error) as relative_errors,
        sum(error) as total_error,
        sum(absolute_error) as total_absolute_error,
        sum(error * error) as total_squared_error,
        sum(relative_error) as total_relative_error,
        sum(abs(actual_value)) as total_actual_size
    from edge_errors
    group by series_id, actual_series_id, "group"
)

select
    series_id,
    actual_series_id,
    "group",
    sum(forecasts)::bigint as forecasts,
    sum(total_error) / sum(forecasts)::double precision as bias,
    sum(total_absolute_error) / sum(forecasts)::double precision as mae,
    sqrt(sum(total_squared_error) / sum(forecasts)::double precision) as rmse,
    sum(total_relative_error) / nullif(sum(relative_errors), 0)::double precision as mape,
    case when sum(total_actual_size) >= 1e-6 then sum(total_absolute_error) / sum(total_actual_size) end as wape
from sums
group by series_id, actual_series_id, "group"
order by series_id, actual_series_id, "group"
limit $4::bigint
