select
    series_id,
    expected,
    present,
    withdrawn,
    missing,
    local_date
from marts.fct_completeness
where series_id = any($1) and ($2::date is null or local_date >= $2) and ($3::date is null or local_date < $3)
order by series_id, local_date limit $4::bigint
