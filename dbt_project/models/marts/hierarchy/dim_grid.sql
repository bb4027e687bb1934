{{
    config(
        materialized='incremental',
        unique_key='grid_id',
        on_schema_change='append_new_columns',
        pre_hook=["{{ take_turn() }}", "{{ remove_deleted_locations('grid_id', ref('stg_grids'), ref('dim_region')) }}"],
    )
}}

-- Read after dim_region, for the reason given in dim_node.

with grids as (
    select * from {{ ref('stg_grids') }}
),

final as (
    select
        grid_id,
        grid_name,
        time_zone
    from grids
)

select * from final
{% if is_incremental() %}
    except
    select * from {{ this }}
{% endif %}
