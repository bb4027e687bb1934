select exists (
    select
    from raw.measures
    where
        series_id >= (select min(series_id) from incoming)
        and interval_start >= date_trunc('month', %(interval_from)s::timestamptz)
        and interval_start < date_trunc('month', %(interval_to)s::timestamptz) + interval '1 month'
)
