-- The same rows, ids and order as insert_measures writes, where the rows are on the nodes: each writes those of its
-- series. The ids follow the series, so the caller gives the first id of each.
insert into raw.measures (series_id, load_id, interval_start, collected_at, value, row_id)
select
    series_id,
    %(load_id)s as load_id,
    interval_start,
    collected_at,
    value,
    row_id
from (
    select
        staged_rows.series_id,
        staged_rows.interval_start,
        staged_rows.collected_at,
        staged_rows.value,
        first_ids.first_row_id - 1 + row_number() over (
            partition by staged_rows.series_id order by staged_rows.interval_start, staged_rows.collected_at
        ) as row_id
    from raw.staged_rows
    inner join unnest(%(series_ids)s::integer[], %(first_row_ids)s::bigint[]) as first_ids (series_id, first_row_id)
        on staged_rows.series_id = first_ids.series_id
) as numbered
order by
    case when %(interleave)s then mod(row_id, 17) >= 9 end,
    case when %(interleave)s then row_id end
