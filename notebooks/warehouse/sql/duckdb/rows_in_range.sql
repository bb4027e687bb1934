-- The rows of the files that a call is about. is_counted: their load counts for it.
create or replace temporary table rows_in_range as
select
    series_id,
    load_id,
    row_id,
    value,
    interval_start,
    collected_at,
    load_id not in (select uncounted_loads.load_id from uncounted_loads) as is_counted
from archived_rows
where
    series_id >= $1
    and series_id <= $2
    and series_id in (select selected_series.series_id from selected_series)
    and interval_start >= $3
    and interval_start < $4
    and collected_at <= $5
