-- No CTEs, for the reason given in fct_measure_revisions.
select
    load_id,
    row_ids
from {{ ref('stg_redelivered_rows') }}
