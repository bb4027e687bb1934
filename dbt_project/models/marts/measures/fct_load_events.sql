with events as (
    select * from {{ ref('stg_load_events') }}
),

final as (
    select
        event_id,
        load_id,
        status,
        who,
        why,
        changed_at
    from events
)

select * from final
