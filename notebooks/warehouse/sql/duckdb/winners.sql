-- Of several loads with the same key the latest wins, and its value counts from the first load of the unbroken run of
-- loads that delivered the same value: the rule of latest_load_wins in the dbt project.
create or replace temporary view winners as
with compared as (
    select
        *,
        row_number() over key_loads as turn,
        lag(value) over key_loads as value_before,
        lead(stored_load_id) over key_loads as next_load_id
    from deliveries
    window key_loads as (partition by series_id, interval_start, collected_at order by stored_load_id)
),

attributed as (
    select
        *,
        max(load_id) filter (where turn = 1 or value is distinct from value_before) over (
            partition by series_id, interval_start, collected_at order by stored_load_id
        ) as first_load_id
    from compared
)

select
    series_id,
    first_load_id as load_id,
    value,
    interval_start,
    collected_at
from attributed
where next_load_id is null
