-- As collected_by.sql, of distributed tables, where a function is slower. The caller adds an order, or packs the rows.
select
    series_id,
    load_id,
    quality_flag,
    value,
    interval_start,
    collected_at
from marts.fct_measure_revisions
where
    series_id = any($1)
    and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3)
    and ($4::timestamptz is null or collected_at <= $4)
    and (known_to is null or known_to > $4)
    and ($5::boolean is null or (quality_flag is not null) = $5)
