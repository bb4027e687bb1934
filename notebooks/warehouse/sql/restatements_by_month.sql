select *
from marts.restatements_by_month(start_datetime => $2, end_datetime => $3, series_ids => $1)
order by series_id, delivery_month
limit $4::bigint
