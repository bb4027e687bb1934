-- The series are selected outside of the function: that uses the key of the facts, which its own filters do not.
select
    series_id,
    load_id,
    quality_flag,
    value,
    interval_start,
    collected_at
from
    marts.measures_as_of(
        collected_datetime => $5, start_datetime => $2, end_datetime => $3, loaded_datetime => $6
    )
where
    series_id = any($1)
    and ($7::boolean is null or (quality_flag is not null) = $7)
order by series_id, interval_start
limit $4::bigint
