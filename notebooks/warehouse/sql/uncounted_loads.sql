-- The loads that the marts do not show or, with a system time, that were not accepted then.
with last_events as (
    select distinct on (load_id)
        load_id,
        status
    from marts.fct_load_events
    where changed_at <= $1::timestamptz
    order by load_id, event_id desc
)

select loads.load_id
from marts.dim_load as loads
left join last_events on loads.load_id = last_events.load_id
where
    case
        when $1::timestamptz is null then not loads.is_applied
        else last_events.status is distinct from 'accepted'
    end
order by loads.load_id
