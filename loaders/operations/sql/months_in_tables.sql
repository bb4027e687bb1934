-- The months before a timestamp that have rows in raw.measures, oldest first.
with months as (
    select to_date(right(partitions.relname, 7), 'YYYY_MM') as month
    from pg_inherits
    inner join pg_class as partitions on pg_inherits.inhrelid = partitions.oid
    where pg_inherits.inhparent = 'raw.measures'::regclass
)

select months.month
from months
where
    months.month::timestamp at time zone 'UTC' < %(before)s
    and exists (
        select from raw.measures
        where
            measures.interval_start >= months.month::timestamp at time zone 'UTC'
            and measures.interval_start < (months.month + interval '1 month') at time zone 'UTC'
    )
order by months.month
