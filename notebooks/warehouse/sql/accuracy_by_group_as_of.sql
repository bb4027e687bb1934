select *
from
    marts.accuracy_by_group_as_of(
        grouped_by => $5, collected_datetime => $7, start_datetime => $2, end_datetime => $3, loaded_datetime => $8,
        series_ids => $1, counted_as => $6
    )
order by series_id, actual_series_id, group_number
limit $4::bigint
