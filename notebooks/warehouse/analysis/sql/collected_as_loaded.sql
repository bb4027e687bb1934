-- Collection times of one series ($1) and range ($2 to $3), by the loads accepted at the system time $4.
with last_events as (
    select distinct on (load_id)
        load_id,
        status
    from marts.fct_load_events
    where changed_at <= $4
    order by load_id, event_id desc
)

select
    received.collected_at,
    count(distinct received.interval_start) as revisions
from marts.fct_measures_received as received
inner join last_events on received.load_id = last_events.load_id
where
    received.series_id = $1
    and received.interval_start >= $2
    and received.interval_start < $3
    and last_events.status = 'accepted'
group by received.collected_at
order by received.collected_at
