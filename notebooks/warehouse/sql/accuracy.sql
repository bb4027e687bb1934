select
    series_id,
    load_id,
    actual_series_id,
    quality_level,
    forecast_value,
    actual_value,
    error,
    absolute_error,
    relative_error,
    lead_time_hours,
    interval_start,
    collected_at,
    actual_collected_at
from marts.fct_forecast_accuracy
where
    series_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3)
order by series_id, interval_start, collected_at limit $4::bigint
