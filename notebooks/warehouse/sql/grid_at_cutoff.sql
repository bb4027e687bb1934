select
    grid_id,
    metric,
    source,
    unit,
    resolutions,
    nodes_reporting,
    nodes_expected,
    cutoff_name,
    value,
    delivery_date,
    cutoff_at,
    interval_start
from
    marts.grid_hourly_at_cutoff(
        collected_datetime => $8, start_datetime => $2, end_datetime => $3, loaded_datetime => $9, series_ids => $10,
        cutoff_names => $7
    )
where grid_id = any($1) and ($5::text[] is null or metric = any($5)) and ($6::text[] is null or source = any($6))
order by grid_id, metric, source, interval_start, cutoff_at, cutoff_name
limit $4::bigint
