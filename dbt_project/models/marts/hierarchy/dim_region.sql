{{
    config(
        materialized='incremental',
        unique_key='region_id',
        on_schema_change='append_new_columns',
        pre_hook=["{{ take_turn() }}", "{{ remove_deleted_locations('region_id', ref('stg_regions'), ref('dim_node')) }}"],
    )
}}

-- Read after dim_node, for the reason given there.

with regions as (
    select * from {{ ref('stg_regions') }}
),

grids as (
    select * from {{ ref('stg_grids') }}
),

final as (
    select
        regions.region_id,
        regions.grid_id,
        regions.region_name,
        grids.grid_name,
        grids.time_zone
    from regions
    inner join grids on regions.grid_id = grids.grid_id
)

select * from final
{% if is_incremental() %}
    except
    select * from {{ this }}
{% endif %}
