-- Whether the rows of a load may have the keys of incoming ones: its ranges of both times meet theirs.
select exists(
    select
    from raw.loads
    where
        interval_from <= %(interval_to)s
        and interval_to >= %(interval_from)s
        and collected_from <= %(collected_to)s
        and collected_to >= %(collected_from)s
)
