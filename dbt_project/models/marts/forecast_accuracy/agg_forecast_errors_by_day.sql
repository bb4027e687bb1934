-- No CTEs, for the reason given in fct_measure_revisions.
select
    series_id,
    actual_series_id,
    grouped_by,
    group_number,
    forecasts,
    relative_errors,
    total_error,
    total_absolute_error,
    total_squared_error,
    total_relative_error,
    total_actual_size,
    local_date
from {{ ref('int_forecast_error_days') }}
