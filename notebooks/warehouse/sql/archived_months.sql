select
    folder,
    file_sha256,
    file_bytes,
    month_start,
    month_end
from marts.dim_archived_month
where
    month_end > coalesce($1::timestamptz, '-infinity')
    and month_start < coalesce($2::timestamptz, 'infinity')
    and not ($3::boolean and is_restored)
order by month_start
