select
    series_id,
    actual_series_id,
    "group",
    count(*) as forecasts,
    avg(error) as bias,
    avg(absolute_error) as mae,
    sqrt(avg(error * error)) as rmse,
    avg(relative_error) as mape,
    case when sum(abs(actual_value)) >= 1e-6 then sum(absolute_error) / sum(abs(actual_value)) end as wape
from (
    select
        accuracy.*,
        case $5::text
            when 'lead_time' then width_bucket(accuracy.lead_time_hours, $6::double precision[])
            when 'quality_level' then coalesce(array_position($7::text[], accuracy.quality_level), 0)
            when 'hour' then extract(hour from accuracy.interval_start at time zone dim_series.time_zone)::integer
            else 0
        end as "group"
    from marts.fct_forecast_accuracy as accuracy inner join marts.dim_series using (series_id)
    where
        series_id = any($1) and ($2::timestamptz is null or accuracy.interval_start >= $2)
        and ($3::timestamptz is null or accuracy.interval_start < $3) and accuracy.error is not null
) as grouped
group by series_id, actual_series_id, "group"
order by series_id, "group" limit $4::bigint
