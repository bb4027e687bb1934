select
    load_id,
    count(*) over () as load_count
from (
    select distinct on (load_id)
        load_id,
        status
    from marts.fct_load_events
    where $1::timestamptz is null or changed_at <= $1
    order by load_id, event_id desc
) as last_events
where status = 'accepted'
order by load_id desc
limit $2::bigint
