{{
    config(
        materialized='incremental',
        unique_key='node_id',
        on_schema_change='append_new_columns',
        pre_hook=["{{ take_turn() }}", "{{ remove_deleted_locations('node_id', ref('stg_nodes')) }}"],
    )
}}

-- depends_on: {{ ref('int_series') }}
-- A location is read after what is in it, so that one that is registered during a build is never missing here.

with nodes as (
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
        nodes.node_id,
        nodes.region_id,
        regions.grid_id,
        nodes.node_name,
        regions.region_name,
        grids.grid_name,
        grids.time_zone
    from nodes
    inner join regions on nodes.region_id = regions.region_id
    inner join grids on regions.grid_id = grids.grid_id
)

select * from final
{% if is_incremental() %}
    except
    select * from {{ this }}
{% endif %}
