select
    month,
    folder,
    row_count,
    file_bytes,
    file_sha256,
    who,
    month::timestamp at time zone 'UTC' as month_start,
    (month + interval '1 month') at time zone 'UTC' as month_end,
    archived_at,
    restored_at
from {{ source('raw', 'archived_months') }}
