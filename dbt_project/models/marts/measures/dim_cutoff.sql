with cutoffs as (
    select * from {{ ref('int_cutoffs_per_grid') }}
),

final as (
    select
        grid_id,
        cutoff_name,
        days_before_delivery,
        local_time
    from cutoffs
)

select * from final
