with chained as (
    select
        *,
        lag(value) over chain as previous_value,
        lead(collected_at) over chain as known_to
    from winners
    window chain as (partition by series_id, interval_start order by collected_at)
)

select
    chained.series_id,
    chained.load_id,
    flags.quality_flag,
    chained.value,
    chained.previous_value,
    chained.value - chained.previous_value as change,
    (epoch_us(chained.interval_start) - epoch_us(chained.collected_at)) / 1000000.0::double / 3600 as lead_time_hours,
    chained.known_to is null as is_latest,
    chained.interval_start,
    times.interval_end,
    chained.collected_at,
    chained.collected_at as known_from,
    chained.known_to
from chained
inner join times on chained.series_id = times.series_id and chained.interval_start = times.interval_start
left join flags
    on
        chained.series_id = flags.series_id
        and chained.interval_start = flags.interval_start
        and chained.collected_at = flags.collected_at
        and chained.value is not distinct from flags.value
