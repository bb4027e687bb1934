-- The distributed tables of which the coordinator still has rows from before.
select distinct coalesce(inheritance.inhparent, distributed.logicalrelid)::regclass::text as table_name
from pg_dist_partition as distributed
left join pg_inherits as inheritance on distributed.logicalrelid = inheritance.inhrelid
where
    distributed.partmethod = 'h'
    and distributed.logicalrelid::text like 'raw.%%'
    and pg_relation_size(distributed.logicalrelid) > 0
