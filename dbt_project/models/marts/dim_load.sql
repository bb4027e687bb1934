with loads as (
    select * from {{ ref('stg_loads') }}
),

final as (
    select
        load_id,
        source,
        format,
        uri,
        collected_at_basis,
        status,
        rows_read,
        rows_inserted,
        rows_corrected,
        rows_duplicate,
        rows_rejected,
        started_at,
        loaded_at
    from loads
)

select * from final
