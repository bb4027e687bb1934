select
    series_id,
    load_id,
    previous_value,
    value,
    change,
    absolute_change,
    relative_change,
    lateness_hours,
    restatement_rank,
    is_first_reading,
    delivery_date,
    interval_start,
    interval_end,
    collected_at
from marts.fct_restatements
where
    series_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3)
order by series_id, interval_start, collected_at limit $4::bigint
