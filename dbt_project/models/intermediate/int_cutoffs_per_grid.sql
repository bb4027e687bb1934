with cutoffs as (
    select * from {{ ref('cutoffs') }}
),

grids as (
    select distinct
        grid_id,
        grid_name
    from {{ ref('int_series') }}
),

-- A cut-off for one grid takes precedence over the one of the same name for all grids.
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
