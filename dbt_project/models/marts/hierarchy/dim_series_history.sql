with series as (
    select * from {{ ref('dim_series') }}
),

node_history as (
    select * from {{ ref('dim_node_history') }}
),

final as (
    select
        series.series_id,
        node_history.grid_id,
        node_history.region_id,
        node_history.node_id,
        node_history.grid_name,
        node_history.region_name,
        node_history.node_name,
        series.metric,
        series.source,
        series.unit,
        series.aggregation,
        series.resolution,
        node_history.time_zone,
        node_history.valid_from,
        node_history.valid_to
    from series
    inner join node_history on series.node_id = node_history.node_id
)

select * from final
