with loads as (
    select * from {{ ref('stg_loads') }}
),

applied as (
    select * from {{ ref('int_loads_applied') }}
),

final as (
    select
        loads.load_id,
        loads.source,
        loads.format,
        loads.uri,
        loads.collected_at_basis,
        loads.status,
        loads.rows_read,
        loads.rows_inserted,
        loads.rows_corrected,
        loads.rows_duplicate,
        loads.rows_blank,
        loads.rows_rejected,
        loads.started_at,
        loads.loaded_at,
        applied.load_id is not null as is_applied
    from loads
    left join applied on loads.load_id = applied.load_id
)

select * from final
