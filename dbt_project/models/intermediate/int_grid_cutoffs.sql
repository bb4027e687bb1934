with cutoffs as (
    select * from {{ ref('cutoffs') }}
),

grids as (
    select * from {{ ref('dim_grid') }}
),

-- A cut-off given for one grid goes before the one of the same name for all.
final as (
    select distinct on (cutoffs.name, grids.grid_id)
        cutoffs.name as cutoff_name,
        grids.grid_id,
        cutoffs.days_before_delivery,
        cutoffs.local_time
    from grids
    inner join cutoffs on cutoffs.grid is null or grids.grid_name = cutoffs.grid
    order by cutoffs.name asc, grids.grid_id asc, cutoffs.grid asc nulls last
)

select * from final
