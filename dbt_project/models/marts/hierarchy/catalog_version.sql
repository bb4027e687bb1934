{{
    config(
        materialized='incremental',
        unique_key='catalog',
        on_schema_change='append_new_columns',
        pre_hook="{{ take_turn() }}",
    )
}}

-- One number that changes with the hierarchy: readers keep the catalogue until it does.
with entries as (
    select hashtextextended(dim_series::text, 1) as hash
    from {{ ref('dim_series') }} as dim_series
    union all
    select hashtextextended(dim_region::text, 2) as hash
    from {{ ref('dim_region') }} as dim_region
    union all
    select hashtextextended(dim_grid::text, 3) as hash
    from {{ ref('dim_grid') }} as dim_grid
    union all
    select hashtextextended(dim_node_history::text, 4) as hash
    from {{ ref('dim_node_history') }} as dim_node_history
),

final as (
    select
        'hierarchy'::text as catalog,
        coalesce(bit_xor(hash), 0) as version
    from entries
)

select * from final
{% if is_incremental() %}
    except
    select * from {{ this }}
{% endif %}
