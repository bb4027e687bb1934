-- Indexes that no query has used since the statistics began, and that hold no rule: they cost at each load.
select
    stats.schemaname as schema_name,
    stats.indexrelname as index_name,
    pg_relation_size(stats.indexrelid) as bytes
from pg_stat_user_indexes as stats
inner join pg_index as indexes on stats.indexrelid = indexes.indexrelid
where
    stats.schemaname in ('raw', 'staging', 'marts')
    and stats.idx_scan = 0
    and not indexes.indisunique
    and pg_relation_size(stats.indexrelid) > 1000000
order by 3 desc, 2
