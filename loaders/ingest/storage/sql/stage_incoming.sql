insert into raw.staged_rows (series_id, interval_start, collected_at, value, row_number)
select
    series_id,
    interval_start,
    collected_at,
    value,
    row_number
from incoming
