with {{ completeness_of_days('completeness_by_day') }}

select
    series_id,
    expected,
    present,
    withdrawn,
    missing,
    local_date
from completeness
