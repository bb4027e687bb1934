with flags as (
    select * from {{ ref('int_flags_applied') }}
),

series as (
    select * from {{ ref('dim_series') }}
),

final as (
    select
        flags.series_id,
        series.grid_id,
        series.region_id,
        series.node_id,
        flags.load_id,
        series.grid_name,
        series.region_name,
        series.node_name,
        series.metric,
        series.source,
        series.unit,
        flags.rule,
        flags.kind,
        flags.value,
        flags.known_to is null as is_latest,
        flags.interval_start,
        flags.collected_at
    from flags
    inner join series on flags.series_id = series.series_id
)

select * from final
