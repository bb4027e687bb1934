with revisions as (
    select * from {{ ref('int_measure_revisions') }}
),

series as (
    select * from {{ ref('dim_series') }}
),

final as (
    select
        revisions.series_id,
        series.grid_id,
        series.region_id,
        series.node_id,
        revisions.load_id,
        series.grid_name,
        series.region_name,
        series.node_name,
        series.metric,
        series.source,
        series.unit,
        revisions.value,
        revisions.interval_start,
        revisions.collected_at
    from revisions
    left join series on revisions.series_id = series.series_id
    where revisions.known_to is null
)

select * from final
