select exists(
    select measures.series_id
    from raw.measures
    where
        measures.series_id >= (select min(incoming.series_id) from incoming)
        and measures.interval_start >= date_trunc('month', %(interval_from)s::timestamptz)
        and measures.interval_start < date_trunc('month', %(interval_to)s::timestamptz) + interval '1 month'
)
