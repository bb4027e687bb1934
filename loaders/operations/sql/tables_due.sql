-- Tables with enough dead, changed or new rows that a vacuum with analyze pays, largest first.
select
    schemaname as schema_name,
    relname as table_name,
    n_dead_tup as dead_rows
from pg_stat_user_tables
where
    schemaname in ('raw', 'staging', 'marts')
    and (
        n_dead_tup > 50 + 0.1 * n_live_tup
        or n_mod_since_analyze > 50 + 0.1 * n_live_tup
        or n_ins_since_vacuum > 1000 + 0.2 * n_live_tup
    )
order by n_live_tup desc
