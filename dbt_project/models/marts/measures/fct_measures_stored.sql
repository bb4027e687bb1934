-- No CTEs, for the reason given in fct_measure_revisions.
select
    series_id,
    load_id,
    row_id,
    value,
    interval_start,
    collected_at
from {{ ref('stg_measures') }}
