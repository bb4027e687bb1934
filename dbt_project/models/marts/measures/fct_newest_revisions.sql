-- No CTEs, for the reason given in fct_measure_revisions.
select
    series_id,
    load_id,
    value,
    interval_start,
    collected_at,
    first_collected_at
from {{ ref('int_measure_revisions') }}
where known_to is null
