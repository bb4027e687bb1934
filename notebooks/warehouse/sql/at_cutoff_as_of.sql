select
    series_id,
    load_id,
    cutoff_name,
    value,
    delivery_date,
    cutoff_at,
    interval_start,
    collected_at
from
    marts.at_cutoff_as_of(
        collected_datetime => $6, start_datetime => $2, end_datetime => $3, loaded_datetime => $7, series_ids => $1,
        cutoff_names => $5
    )
order by series_id, interval_start, cutoff_at, cutoff_name limit $4::bigint
