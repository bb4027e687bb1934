-- The cut-offs of each local day of grids ($10), with the hours of the day that are in the range.
with grids as (
    select
        grid_id,
        time_zone
    from marts.dim_grid
    where grid_id = any($10)
),

bounds as (
    select
        coalesce($2::timestamptz, min(interval_start)) as range_start,
        coalesce($3::timestamptz, max(interval_start) + interval '1 hour') as range_end
    from marts.fct_grid_hourly
    where grid_id = any($10)
),

days as (
    select
        grids.grid_id,
        grids.time_zone,
        bounds.range_start,
        bounds.range_end,
        midnights.midnight::date as delivery_date
    from grids
    cross join bounds
    cross join lateral generate_series(
        date_trunc('day', bounds.range_start at time zone grids.time_zone),
        date_trunc('day', (bounds.range_end - interval '1 microsecond') at time zone grids.time_zone),
        interval '1 day'
    ) as midnights (midnight)
),

-- A day begins just after the one before, also where a clock change repeats midnight.
cutoffs as (
    select
        days.grid_id,
        days.delivery_date,
        cutoffs.cutoff_name,
        greatest(
            days.range_start,
            (days.delivery_date::timestamp - interval '1 microsecond') at time zone days.time_zone
            + interval '1 microsecond'
        ) as first_start,
        least(
            days.range_end,
            ((days.delivery_date + 1)::timestamp - interval '1 microsecond') at time zone days.time_zone
            + interval '1 microsecond'
        ) as end_start,
        (days.delivery_date - cutoffs.days_before_delivery + cutoffs.local_time) at time zone days.time_zone
            as cutoff_at
    from days
    inner join marts.dim_cutoff as cutoffs on days.grid_id = cutoffs.grid_id
    where $7::text[] is null or cutoffs.cutoff_name = any($7)
)

select * from cutoffs
