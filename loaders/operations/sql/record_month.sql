insert into raw.archived_months (
    month, folder, row_count, content_hash, series_ids, file_bytes, file_sha256, who
)
select
    %(month)s::date as month,
    %(folder)s as folder,
    %(row_count)s as row_count,
    %(content_hash)s as content_hash,
    array_agg(distinct series_id) as series_ids,
    %(file_bytes)s as file_bytes,
    %(file_sha256)s as file_sha256,
    %(who)s as who
from raw.measures
where interval_start >= %(month_start)s and interval_start < %(month_end)s
