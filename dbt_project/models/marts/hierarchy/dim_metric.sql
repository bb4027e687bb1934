{{
    config(
        materialized='incremental',
        unique_key='metric',
        on_schema_change='append_new_columns',
        pre_hook="{{ take_turn() }}",
    )
}}

-- depends_on: {{ ref('int_series') }}
-- Read after the series, for the reason given in dim_node.

with metrics as (
    select * from {{ ref('stg_metrics') }}
),

final as (
    select
        metric,
        unit,
        aggregation,
        actual_metric
    from metrics
)

select * from final
{% if is_incremental() %}
    except
    select * from {{ this }}
{% endif %}
