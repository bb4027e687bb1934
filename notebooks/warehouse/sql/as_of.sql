select
    series_id,
    load_id,
    quality_flag,
    value,
    interval_start,
    collected_at
from
    marts.measures_as_of(
        collected_datetime => $5, start_datetime => $2, end_datetime => $3, loaded_datetime => $6, series_ids => $1
    )
where
    ($7::boolean is null or (quality_flag is not null) = $7)
    and ($8::integer is null or (series_id, interval_start) > ($8::integer, $9::timestamptz))
order by series_id, interval_start
limit $4::bigint
