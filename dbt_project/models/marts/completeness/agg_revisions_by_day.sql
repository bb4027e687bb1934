-- No CTEs, for the reason given in fct_measure_revisions.
select
    series_id,
    intervals,
    present,
    revisions,
    local_date,
    first_interval_start,
    newest_interval_start,
    newest_collected_at
from {{ ref('int_series_days') }}
