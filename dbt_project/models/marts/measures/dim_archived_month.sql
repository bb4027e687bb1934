-- No CTEs, for the reason given in fct_measure_revisions.
select
    folder,
    file_sha256,
    who,
    row_count,
    file_bytes,
    restored_at is not null as is_restored,
    month,
    month_start,
    month_end,
    archived_at
from {{ ref('stg_archived_months') }}
