-- Sessions that hold a table which moves along with the swap, such as a snapshot.
select
    string_agg(distinct format(
        'process %s, user %s, application %s%s', activity.pid, activity.usename,
        coalesce(nullif(activity.application_name, ''), 'unknown'),
        ', in a transaction since ' || to_char(activity.xact_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')
    ), ' and ')
from pg_class
inner join pg_locks on pg_class.oid = pg_locks.relation
inner join pg_stat_activity as activity on pg_locks.pid = activity.pid
where
    pg_class.relnamespace in (
        select pg_namespace.oid from pg_namespace
        where pg_namespace.nspname in ('staging', 'marts')
    )
    and pg_class.relkind in ('r', 'p')
    and not exists (
        select
        from pg_class as refreshed
        inner join pg_namespace on refreshed.relnamespace = pg_namespace.oid
        where pg_namespace.nspname in ('next_staging', 'next_marts') and refreshed.relname = pg_class.relname
    )
    and pg_locks.locktype = 'relation'
    and pg_locks.granted
    and pg_locks.pid <> pg_backend_pid()
