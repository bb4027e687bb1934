select *
from
    marts.accuracy_by_group_as_of(
        grouped_by => $5, collected_datetime => $6, start_datetime => $2, end_datetime => $3, loaded_datetime => $7,
        series_ids => $1
    )
order by series_id, actual_series_id, group_number
limit $4::bigint
