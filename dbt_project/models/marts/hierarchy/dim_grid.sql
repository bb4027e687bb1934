{{
    config(
        materialized='incremental',
        unique_key='grid_id',
        on_schema_change='append_new_columns',
        pre_hook=["{{ take_turn() }}", "{{ remove_deleted_locations('grid_id', ref('stg_grids')) }}"],
    )
}}

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
