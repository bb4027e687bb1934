select
    series_id,
    load_id,
    rule,
    kind,
    value,
    is_latest,
    interval_start,
    collected_at
from marts.fct_quality_flags
where
    series_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3) and ($5::text[] is null or rule = any($5))
order by series_id, interval_start, collected_at, rule limit $4::bigint
