select
    series_id,
    expected,
    present,
    withdrawn,
    missing,
    local_date
from marts.completeness_by_day($2::date, $3::date, $1)
order by series_id, local_date limit $4::bigint
