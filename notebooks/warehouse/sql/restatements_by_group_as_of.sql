select *
from
    marts.restatements_by_group_as_of(
        grouped_by => $5, collected_datetime => $7, start_datetime => $2, end_datetime => $3, loaded_datetime => $8,
        series_ids => $1, counted_as => $6
    )
order by series_id, delivery_month
limit $4::bigint
