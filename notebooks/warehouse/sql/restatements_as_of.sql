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
from
    marts.restatements_as_of(
        collected_datetime => $5, start_datetime => $2, end_datetime => $3, loaded_datetime => $6, series_ids => $1
    )
order by series_id, interval_start, collected_at limit $4::bigint
