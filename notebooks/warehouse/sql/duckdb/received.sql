-- Of the rows in the range what loads that count delivered. A repeated row matters only where the load that stored it
-- does not count.
create or replace temporary table received as
select
    series_id,
    load_id as stored_load_id,
    load_id,
    value,
    interval_start,
    collected_at
from rows_in_range
where is_counted
union all
select
    rows_in_range.series_id,
    rows_in_range.load_id as stored_load_id,
    repeated_rows.load_id,
    rows_in_range.value,
    rows_in_range.interval_start,
    rows_in_range.collected_at
from rows_in_range
inner join repeated_rows on rows_in_range.row_id = repeated_rows.row_id
where not rows_in_range.is_counted
