select
    series_id,
    load_id,
    quality_flag,
    value,
    interval_start,
    collected_at
from
    marts.measures_collected_by(
        collected_datetime => $5, start_datetime => $2, end_datetime => $3, series_ids => $1
    )
where
    ($6::boolean is null or (quality_flag is not null) = $6)
    and ($7::integer is null or (series_id, interval_start) > ($7::integer, $8::timestamptz))
order by series_id, interval_start
limit $4::bigint
