-- Which loads the marts show now, as one number, and the system time that they stand for: just before the first change
-- of the ledger that no build has applied yet.
with loads as (
    select
        load_id,
        is_applied,
        (status = 'accepted') <> is_applied as is_changed
    from marts.dim_load
),

first_change as (
    select min(newest.changed_at) as changed_at
    from loads
    cross join
        lateral (
            select events.changed_at
            from marts.fct_load_events as events
            where events.load_id = loads.load_id
            order by events.event_id desc
            limit 1
        ) as newest
    where loads.is_changed
)

select
    coalesce(bit_xor(hashtextextended(loads.load_id::text, 1)) filter (where loads.is_applied), 0) as applied_loads,
    coalesce(
        (select first_change.changed_at - interval '1 microsecond' from first_change),
        greatest(
            clock_timestamp(),
            (
                select events.changed_at
                from marts.fct_load_events as events
                order by events.event_id desc
                limit 1
            )
        )
    ) as loaded
from loads
