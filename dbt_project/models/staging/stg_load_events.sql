select
    event_id,
    load_id,
    status,
    who,
    why,
    at as changed_at
from {{ source('raw', 'load_events') }}
