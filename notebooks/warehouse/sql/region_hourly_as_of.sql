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
from
    marts.region_hourly_as_of(
        collected_datetime => $7, start_datetime => $2, end_datetime => $3, loaded_datetime => $8,
        region_id => case when cardinality($1::integer[]) = 1 then ($1::integer[])[1] end,
        metric => case when cardinality($5::text[]) = 1 then ($5::text[])[1] end
    )
where region_id = any($1) and ($5::text[] is null or metric = any($5)) and ($6::text[] is null or source = any($6))
order by region_id, metric, source, interval_start limit $4::bigint
