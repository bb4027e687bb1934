-- All keys without their hashes, newest first.
select
    key_id,
    name,
    role,
    key_start,
    created_at,
    created_by,
    expires_at,
    revoked_at,
    revoked_by
from ledger.api_keys
order by key_id desc
