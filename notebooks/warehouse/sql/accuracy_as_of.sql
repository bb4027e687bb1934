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
from
    marts.forecast_accuracy_as_of(
        collected_datetime => $5, start_datetime => $2, end_datetime => $3, loaded_datetime => $6, series_ids => $1
    )
order by series_id, interval_start, collected_at limit $4::bigint
