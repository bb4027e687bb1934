-- One row per table, partitions summed up, largest first. dead_share: of its rows, what a vacuum frees for new ones.
with tables as (
    select
        stats.schemaname as schema_name,
        coalesce(parents.relname, stats.relname) as table_name,
        pg_table_size(stats.relid) as table_bytes,
        pg_indexes_size(stats.relid) as index_bytes,
        stats.n_live_tup as live_rows,
        stats.n_dead_tup as dead_rows
    from pg_stat_user_tables as stats
    left join pg_inherits as inheritance on stats.relid = inheritance.inhrelid
    left join pg_class as parents on inheritance.inhparent = parents.oid
    where stats.schemaname in ('raw', 'staging', 'marts')
)

select
    schema_name,
    table_name,
    sum(table_bytes)::bigint as table_bytes,
    sum(index_bytes)::bigint as index_bytes,
    sum(live_rows)::bigint as rows_estimated,
    coalesce(round(sum(dead_rows) / nullif(sum(live_rows) + sum(dead_rows), 0), 3), 0)::float8 as dead_share
from tables
group by schema_name, table_name
having sum(table_bytes) + sum(index_bytes) > 0
order by sum(table_bytes) + sum(index_bytes) desc
