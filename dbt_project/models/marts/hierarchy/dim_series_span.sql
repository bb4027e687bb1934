-- No CTEs, for the reason given in fct_measure_revisions.
select
    series_id,
    first_interval_start,
    last_interval_start,
    last_interval_end
from {{ ref('int_series_spans') }}
