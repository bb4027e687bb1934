select
    region_id,
    metric,
    source,
    unit,
    resolutions,
    nodes_reporting,
    nodes_expected,
    value,
    interval_start
from marts.fct_region_hourly
where
    region_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3)
    and ($5::text[] is null or metric = any($5)) and ($6::text[] is null or source = any($6))
order by region_id, metric, source, interval_start limit $4::bigint
