select *
from
    marts.accuracy_by_group(
        grouped_by => $5, start_datetime => $2, end_datetime => $3, series_ids => $1, counted_as => $6
    )
order by series_id, actual_series_id, group_number
limit $4::bigint
