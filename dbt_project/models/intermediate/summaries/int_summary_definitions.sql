{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        full_refresh=false,
        pre_hook="{{ take_turn() }}",
        post_hook="create unique index if not exists int_summary_definitions_key on {{ this }} (summary, series_id)",
    )
}}

-- Created empty here. Each summary writes its rows, in the transaction that brings it up to date.
select
    null::text as summary,
    series_id,
    null::bigint as definition
from {{ ref('stg_series') }}
where false
