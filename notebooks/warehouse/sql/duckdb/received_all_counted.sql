-- The rows of the files that a call is about, where every load counts.
create or replace temporary table received as
select
    series_id,
    load_id as stored_load_id,
    load_id,
    value,
    interval_start,
    collected_at
from archived_rows
where
    series_id >= $1
    and series_id <= $2
    and series_id in (select selected_series.series_id from selected_series)
    and interval_start >= $3
    and interval_start < $4
    and collected_at <= $5
