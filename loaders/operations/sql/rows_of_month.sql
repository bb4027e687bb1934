select
    series_id,
    load_id,
    row_id,
    value,
    interval_start,
    collected_at
from raw.measures
where interval_start >= $1 and interval_start < $2
order by series_id, interval_start, collected_at, load_id
