{{
    config(
        materialized='incremental',
        unique_key='series_id',
        on_schema_change='append_new_columns',
        pre_hook="{{ take_turn() }}",
    )
}}

with series as (
    select * from {{ ref('stg_series') }}
),

metrics as (
    select * from {{ ref('stg_metrics') }}
),

nodes as (
    select * from {{ ref('stg_nodes') }}
),

regions as (
    select * from {{ ref('stg_regions') }}
),

grids as (
    select * from {{ ref('stg_grids') }}
),

final as (
    select
        series.series_id,
        grids.grid_id,
        regions.region_id,
        nodes.node_id,
        grids.grid_name,
        regions.region_name,
        nodes.node_name,
        series.metric,
        metrics.actual_metric,
        series.source,
        series.unit,
        metrics.aggregation,
        series.resolution,
        grids.time_zone
    from series
    inner join metrics on series.metric = metrics.metric
    inner join nodes on series.node_id = nodes.node_id
    inner join regions on nodes.region_id = regions.region_id
    inner join grids on regions.grid_id = grids.grid_id
)

select * from final
{% if is_incremental() %}
    except
    select * from {{ this }}
{% endif %}
