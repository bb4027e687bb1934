-- By the rules of the mart: a cut-off of one grid replaces the one with the same name for all grids.
with grid_cutoffs as (
    select distinct on (cutoffs.name, dim_grid.grid_id)
        cutoffs.name as cutoff_name,
        dim_grid.grid_id,
        cutoffs.days_before_delivery,
        cutoffs.local_time
    from marts.dim_grid
    inner join marts.cutoffs on cutoffs.grid is null or dim_grid.grid_name = cutoffs.grid
    order by cutoffs.name, dim_grid.grid_id, cutoffs.grid nulls last
),

revisions as (
    select
        revisions.*,
        grid_cutoffs.cutoff_name,
        (revisions.interval_start at time zone dim_series.time_zone)::date as delivery_date,
        (
            (revisions.interval_start at time zone dim_series.time_zone)::date
            - grid_cutoffs.days_before_delivery
            + grid_cutoffs.local_time
        ) at time zone dim_series.time_zone as cutoff_at
    from
        marts.revisions_as_of(
            start_datetime => $2, end_datetime => $3, loaded_datetime => $7, series_ids => $1
        ) as revisions
    inner join marts.dim_series on revisions.series_id = dim_series.series_id
    inner join grid_cutoffs on dim_series.grid_id = grid_cutoffs.grid_id
    where ($5::text[] is null or grid_cutoffs.cutoff_name = any($5))
)

select distinct on (series_id, interval_start, cutoff_at, cutoff_name)
    series_id,
    load_id,
    cutoff_name,
    value,
    delivery_date,
    cutoff_at,
    interval_start,
    collected_at
from revisions
where
    collected_at <= cutoff_at
    and ($6::timestamptz is null or cutoff_at <= $6)
order by series_id, interval_start, cutoff_at, cutoff_name, collected_at desc
limit $4::bigint
