-- What the analyst sees of the marts and the server: lag between loads and marts, sizes in bytes, connections.
with behind as (
    select
        count(*) as loads_not_in_marts,
        greatest(extract(epoch from now() - min(loaded_at)), 0) as lag_seconds
    from marts.dim_load
    where is_applied is distinct from (status = 'accepted')
),

sizes as (
    select
        relations.relnamespace::regnamespace::text as schema_name,
        sum(pg_total_relation_size(relations.oid)) as bytes
    from pg_class as relations
    where
        relations.relkind in ('r', 'm')
        and relations.relnamespace in (
            select pg_namespace.oid from pg_namespace
            where pg_namespace.nspname in ('raw', 'staging', 'marts')
        )
    group by relations.relnamespace
),

-- Not the view pg_stat_activity, which Citus reads with the rights of the reader.
sessions as (
    select
        coalesce(pg_get_userbyid(usesysid), 'server') as login,
        count(*) as number
    from pg_stat_get_activity(null)
    where backend_type = 'client backend'
    group by usesysid
)

select
    now() as checked_at,
    (select loads_not_in_marts from behind) as loads_not_in_marts,
    (select coalesce(lag_seconds, 0)::float8 from behind) as lag_seconds,
    pg_database_size(current_database()) as database_bytes,
    (select jsonb_object_agg(schema_name, bytes) from sizes) as schema_bytes,
    (select jsonb_object_agg(login, number) from sessions) as connections,
    current_setting('max_connections')::integer as max_connections,
    (
        select coalesce(array_agg(archived.month order by archived.month), '{}')
        from marts.dim_archived_month as archived
    ) as archived_months,
    ledger.operations_status() as operations
