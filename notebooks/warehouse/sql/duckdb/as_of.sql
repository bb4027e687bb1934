select
    winners.series_id,
    winners.load_id,
    flags.quality_flag,
    winners.value,
    winners.interval_start,
    winners.collected_at
from winners
left join flags
    on
        winners.series_id = flags.series_id
        and winners.interval_start = flags.interval_start
        and winners.collected_at = flags.collected_at
        and winners.value is not distinct from flags.value
