select distinct on (times.series_id, times.interval_start, times.cutoff_name)
    times.series_id,
    winners.load_id,
    times.cutoff_name,
    winners.value,
    times.delivery_date,
    times.cutoff_at,
    times.interval_start,
    winners.collected_at
from times
inner join winners
    on
        times.series_id = winners.series_id
        and times.interval_start = winners.interval_start
        and times.cutoff_at >= winners.collected_at
where $1::timestamptz is null or times.cutoff_at <= $1::timestamptz
order by times.series_id asc, times.interval_start asc, times.cutoff_name asc, winners.collected_at desc
