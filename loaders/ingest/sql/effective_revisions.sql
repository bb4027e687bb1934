-- Every revision of the intervals in an accepted load, oldest first; of one key the newest load last.
select
    deliveries.interval_start,
    deliveries.collected_at,
    deliveries.value
from raw.deliveries
inner join raw.loads on deliveries.load_id = loads.load_id
where
    loads.status = 'accepted'
    and deliveries.series_id = %(series_id)s
    and deliveries.interval_start = any(%(starts)s)
order by deliveries.interval_start, deliveries.collected_at, deliveries.stored_load_id
