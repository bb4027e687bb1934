select
    series_id,
    interval_start,
    collected_at,
    value,
    quality_flag
from marts.fct_flagged_revisions
where series_id = any($1) and interval_start >= $2 and interval_start < $3
