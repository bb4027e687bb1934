-- Times, up to $4, when a load of one series ($1) and range ($2 to $3) was accepted or withdrawn.
select distinct events.changed_at
from marts.fct_load_events as events
where
    events.status in ('accepted', 'withdrawn')
    and ($4::timestamptz is null or events.changed_at <= $4)
    and events.load_id in (
        select received.load_id
        from marts.fct_measures_received as received
        where
            received.series_id = $1
            and received.interval_start >= $2
            and received.interval_start < $3
    )
order by events.changed_at
