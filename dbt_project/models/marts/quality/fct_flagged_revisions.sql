-- No CTEs, for the reason given in fct_measure_revisions.
select
    series_id,
    quality_flag,
    value,
    interval_start,
    collected_at
from {{ ref('int_flagged_revisions') }}
