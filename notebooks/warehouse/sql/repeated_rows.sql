-- Of some stored rows, those that a load repeated which is not among others; with the first such load.
select
    row_ids.row_id,
    min(redelivered.load_id) as load_id
from unnest($1::bigint[]) as row_ids (row_id)
inner join marts.fct_rows_redelivered as redelivered on redelivered.row_ids @> row_ids.row_id
where redelivered.load_id <> all($2::integer[])
group by row_ids.row_id
