-- Times, up to $4, when a load of one series ($1) and range ($2 to $3) was accepted or withdrawn.
select distinct changed_at
from marts.fct_load_events
where status in ('accepted', 'withdrawn')
    and ($4::timestamptz is null or changed_at <= $4)
    and load_id in (
        select load_id
        from marts.fct_measures_received
        where series_id = $1
            and interval_start >= $2
            and interval_start < $3
    )
order by changed_at
