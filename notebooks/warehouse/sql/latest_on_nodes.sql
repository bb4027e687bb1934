-- As latest.sql, of distributed tables: each node answers for its series. The caller adds an order, or packs the rows.
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
    and ($4::boolean is null or (quality_flag is not null) = $4)
