select
    month,
    folder,
    row_count,
    content_hash,
    file_bytes,
    file_sha256,
    who,
    archived_at,
    restored_at
from raw.archived_months
where %(months)s::date[] is null or month = any(%(months)s::date[])
order by month
