-- One row per node: how many shards of the warehouse it has, and their bytes.
select
    nodes.nodename || ':' || nodes.nodeport as node,
    case when nodes.groupid = 0 then 'coordinator' else 'worker' end as role,
    nodes.isactive as is_active,
    count(shards.shardid) as shards,
    coalesce(sum(shards.shard_size), 0)::bigint as bytes
from pg_dist_node as nodes
left join citus_shards as shards
    on
        nodes.nodename = shards.nodename
        and nodes.nodeport = shards.nodeport
        and shards.citus_table_type = 'distributed'
where nodes.noderole = 'primary'
group by nodes.nodename, nodes.nodeport, nodes.groupid, nodes.isactive
order by nodes.groupid
