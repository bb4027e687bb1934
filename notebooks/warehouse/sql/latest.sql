select
    series_id,
    load_id,
    quality_flag,
    value,
    interval_start,
    collected_at
from marts.fct_measures_latest
where
    series_id = any($1)
    and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3)
    and ($5::boolean is null or (quality_flag is not null) = $5)
    and ($6::integer is null or (series_id, interval_start) > ($6::integer, $7::timestamptz))
order by series_id, interval_start
limit $4::bigint
