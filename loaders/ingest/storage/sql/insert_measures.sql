-- In key order, so that index pages are filled one after the other. Keys that arrive in order between stored ones
-- split every page in halves, of which one stays half empty. Then the rows are interleaved: a second pass fills what
-- the first left, and the key index takes 50 bytes a row instead of 74. The first pass has a little more than half of
-- the rows, so that the pages do not split again when they are nearly full. A constant sort key costs nothing.
with numbered as (
    select
        series_id,
        %(load_id)s as load_id,
        interval_start,
        collected_at,
        value,
        %(first_row_id)s::bigint - 1
        + row_number() over (order by series_id, interval_start, collected_at) as row_id
    from new_rows
)

insert into raw.measures (series_id, load_id, interval_start, collected_at, value, row_id)
select
    series_id,
    load_id,
    interval_start,
    collected_at,
    value,
    row_id
from numbered
order by
    case when %(interleave)s then mod(row_id, 17) >= 9 end,
    case when %(interleave)s then row_id end
