with stored as (
    select
        load_id,
        count(*) as rows_stored
    from raw.measures
    where interval_start >= %(month_start)s and interval_start < %(month_end)s
    group by load_id
),

repeated as (
    select redelivered_rows.load_id
    from raw.redelivered_rows
    where
        exists (
            select
            from stored
            inner join raw.loads on stored.load_id = loads.load_id
            inner join raw.measures on stored.load_id = measures.load_id
            where
                redelivered_rows.row_ids && int8range(loads.first_row_id, loads.last_row_id, '[]')
                and measures.interval_start >= %(month_start)s
                and measures.interval_start < %(month_end)s
                and redelivered_rows.row_ids @> measures.row_id
        )
)

insert into raw.archived_loads (month, load_id, rows_stored)
select
    %(month)s::date as month,
    coalesce(stored.load_id, repeated.load_id) as load_id,
    coalesce(stored.rows_stored, 0) as rows_stored
from stored
full join repeated on stored.load_id = repeated.load_id
