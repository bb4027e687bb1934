select *
from
    marts.restatements_by_group(
        grouped_by => $5, start_datetime => $2, end_datetime => $3, series_ids => $1, counted_as => $6
    )
order by series_id, delivery_month
limit $4::bigint
