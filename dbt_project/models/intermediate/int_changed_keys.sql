{{
    config(
        materialized='incremental',
        distributed_by='series_id',
        incremental_strategy='append',
        full_refresh=false,
        pre_hook="{{ take_turn() }}",
        post_hook="create unique index if not exists int_changed_keys_key on {{ this }} (change_number, series_id, interval_start, collected_at)",
    )
}}

-- Created empty here. int_measure_revisions writes it, in the transaction that applies the loads.
select
    null::bigint as change_number,
    series_id,
    interval_start,
    collected_at
from {{ ref('stg_measures') }}
where false
