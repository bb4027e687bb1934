-- The rows of another query, `measures`: one row per series, with the numbers of all its rows, one after the other, as
-- bytes. Each node packs its series. Otherwise the coordinator would read, sort and write every row.
-- Rows without a value get 8 bytes that no number has, and only rows with a flag are in the two arrays.
select
    series_id,
    string_agg(int4send(load_id), '') as load_id,
    string_agg(coalesce(float8send(value), '\xffffffffffffffff'), '') as value,
    string_agg(timestamptz_send(interval_start), '') as interval_start,
    string_agg(timestamptz_send(collected_at), '') as collected_at,
    array_agg(quality_flag) filter (where quality_flag is not null) as quality_flag,
    array_agg(interval_start) filter (where quality_flag is not null) as flagged_start
from measures
group by series_id
