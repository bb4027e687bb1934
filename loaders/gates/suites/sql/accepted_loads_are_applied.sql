with accepted as (
    select
        loads.load_id,
        loads.uri
    from raw.loads as loads
    where loads.status = 'accepted'
)

select
    coalesce(accepted.load_id, applied.load_id) as load_id,
    accepted.uri,
    case
        when applied.load_id is null then 'load ' || accepted.load_id || ' is accepted, but not in the marts'
        else 'load ' || applied.load_id || ' is in the marts, but not accepted'
    end as finding
from accepted
full join staging.int_loads_applied as applied on accepted.load_id = applied.load_id
where accepted.load_id is null or applied.load_id is null
order by 1
