-- No stored row has the key of an incoming one if no series has a row in the range of its incoming ones.
with incoming_ranges as (
    select
        series_id,
        min(interval_start) as first_start,
        max(interval_start) as last_start
    from {incoming} -- noqa: PRS
    group by series_id
)

select exists(
    select incoming_ranges.series_id
    from incoming_ranges
    inner join lateral (
        select measures.series_id
        from raw.measures
        where
            measures.series_id = incoming_ranges.series_id
            and measures.interval_start between incoming_ranges.first_start and incoming_ranges.last_start
        limit 1
    ) as stored on true
    limit 1
)
