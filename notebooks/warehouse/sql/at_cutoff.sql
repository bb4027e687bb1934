select
    series_id,
    load_id,
    cutoff_name,
    value,
    delivery_date,
    cutoff_at,
    interval_start,
    collected_at
from marts.fct_measures_at_cutoff
where
    series_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3) and ($5::text[] is null or cutoff_name = any($5))
    and ($6::timestamptz is null or cutoff_at <= $6)
order by series_id, interval_start, cutoff_at, cutoff_name limit $4::bigint
