with accepted as (
    select
        loads.load_id,
        loads.uri
    from raw.loads as loads
    where loads.status = 'accepted'
),

changed_since_build as (
    select load_events.load_id
    from raw.load_events
    where
        current_setting('warehouse.check_of_last_build', true) = 'on'
        and load_events.at >= (
            select builds.started_at
            from raw.builds
            order by builds.build_number desc
            limit 1
        )
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
where
    (accepted.load_id is null or applied.load_id is null)
    and not exists (
        select
        from changed_since_build
        where changed_since_build.load_id = coalesce(accepted.load_id, applied.load_id)
    )
order by load_id
