-- One row answers. Citus reads all of them from the nodes for `exists`, unless a limit says so.
select exists(
    select stored.series_id
    from (
        select measures.series_id
        from raw.measures
        where
            measures.series_id >= %(first_series_id)s
            and measures.interval_start >= date_trunc('month', %(interval_from)s::timestamptz)
            and measures.interval_start < date_trunc('month', %(interval_to)s::timestamptz) + interval '1 month'
        limit 1
    ) as stored
)
