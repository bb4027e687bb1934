select *
from
    marts.restatements_by_month_as_of(
        collected_datetime => $5, start_datetime => $2, end_datetime => $3, loaded_datetime => $6, series_ids => $1
    )
order by series_id, delivery_month
limit $4::bigint
