select
    load_id,
    row_ids
from {{ source('raw', 'redelivered_rows') }}
