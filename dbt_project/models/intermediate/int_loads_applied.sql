{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        full_refresh=false,
        pre_hook="{{ take_turn() }}",
        post_hook="create unique index if not exists int_loads_applied_load_id on {{ this }} (load_id)",
    )
}}

-- Created empty here. int_measure_revisions writes it, in the transaction that applies the loads.
select load_id
from {{ ref('stg_loads') }}
where false
