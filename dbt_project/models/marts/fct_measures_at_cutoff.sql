with cutoffs as (
    select * from {{ ref('int_grid_cutoffs') }}
),

series as (
    select * from {{ ref('dim_series') }}
),

latest as (
    select * from {{ ref('fct_measures_latest') }}
),

revisions as (
    select * from {{ ref('fct_measure_revisions') }}
),

deliveries as (
    select
        latest.series_id,
        series.grid_id,
        series.region_id,
        series.node_id,
        cutoffs.cutoff_name,
        series.grid_name,
        series.region_name,
        series.node_name,
        series.metric,
        series.source,
        series.unit,
        series.time_zone,
        cutoffs.days_before_delivery,
        cutoffs.local_time,
        (latest.interval_start at time zone series.time_zone)::date as delivery_date,
        latest.interval_start
    from latest
    inner join series on latest.series_id = series.series_id
    inner join cutoffs on series.grid_id = cutoffs.grid_id
),

asked as (
    select
        *,
        (delivery_date - days_before_delivery + local_time) at time zone time_zone as cutoff_at
    from deliveries
),

-- One probe of the key for each question, however many revisions there are.
final as (
    select
        asked.series_id,
        asked.grid_id,
        asked.region_id,
        asked.node_id,
        known.load_id,
        asked.cutoff_name,
        asked.grid_name,
        asked.region_name,
        asked.node_name,
        asked.metric,
        asked.source,
        asked.unit,
        known.value,
        asked.delivery_date,
        asked.cutoff_at,
        asked.interval_start,
        known.collected_at
    from asked
    inner join lateral (
        select
            revisions.load_id,
            revisions.value,
            revisions.collected_at
        from revisions
        where
            revisions.series_id = asked.series_id
            and revisions.interval_start = asked.interval_start
            and revisions.collected_at <= asked.cutoff_at
        order by revisions.collected_at desc
        limit 1
    ) as known on true
)

select * from final
