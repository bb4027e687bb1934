-- No stored row has the key of an incoming one if no load covers both ranges, or no series has a row in its range.
with incoming_ranges as (
    select
        series_id,
        min(interval_start) as first_start,
        max(interval_start) as last_start
    from incoming
    group by series_id
)

select
    exists (
        select
        from raw.loads
        where
            interval_from <= %(interval_to)s
            and interval_to >= %(interval_from)s
            and collected_from <= %(collected_to)s
            and collected_to >= %(collected_from)s
    )
    and exists (
        select
        from incoming_ranges
        inner join lateral (
            select
            from raw.measures
            where
                measures.series_id = incoming_ranges.series_id
                and measures.interval_start between incoming_ranges.first_start and incoming_ranges.last_start
            limit 1
        ) as stored on true
    )
