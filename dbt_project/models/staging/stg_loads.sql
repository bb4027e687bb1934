select
    load_id,
    source,
    format,
    uri,
    collected_at_basis,
    status,
    rows_read,
    rows_inserted,
    rows_corrected,
    rows_duplicate,
    rows_blank,
    rows_rejected,
    status = 'accepted' as is_accepted,
    int8range(first_row_id, last_row_id, '[]') as row_ids,
    started_at,
    loaded_at
from {{ source('raw', 'loads') }}
