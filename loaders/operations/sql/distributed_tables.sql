-- One row per table of the warehouse that Citus knows, largest first; the partitions of a table count as part of it.
-- skew: the bytes of its largest shard, relative to the mean.
with shards as (
    select
        coalesce(inheritance.inhparent, placements.table_name)::regclass as relation,
        placements.citus_table_type as kind,
        coalesce(ranges.shardminvalue, '') as range_start,
        sum(placements.shard_size) as bytes
    from citus_shards as placements
    inner join pg_dist_shard as ranges on placements.shardid = ranges.shardid
    left join pg_inherits as inheritance on placements.table_name = inheritance.inhrelid
    group by
        coalesce(inheritance.inhparent, placements.table_name),
        placements.citus_table_type,
        coalesce(ranges.shardminvalue, '')
)

select
    pg_namespace.nspname as schema_name,
    pg_class.relname as table_name,
    shards.kind,
    count(*) as shards,
    sum(shards.bytes)::bigint as bytes,
    coalesce(round(max(shards.bytes) / nullif(avg(shards.bytes), 0), 2), 1)::float8 as skew
from shards
inner join pg_class on shards.relation = pg_class.oid
inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
where pg_namespace.nspname in ('raw', 'ledger', 'staging', 'marts')
group by pg_namespace.nspname, pg_class.relname, shards.kind
order by sum(shards.bytes) desc, pg_namespace.nspname, pg_class.relname
