-- The partitions of a month, with the role that owns them.
select
    pg_get_userbyid(partitions.relowner) as role,
    partitions.oid::regclass::text as partition
from pg_inherits
inner join pg_class as partitions on pg_inherits.inhrelid = partitions.oid
where
    pg_inherits.inhparent in ('raw.measures'::regclass, 'staging.int_measure_revisions'::regclass)
    and partitions.relname ~ ('_' || %(suffix)s || '(_[0-9a-f]{6})?$')
