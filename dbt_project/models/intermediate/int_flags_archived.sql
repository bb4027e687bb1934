{{
    config(
        materialized='incremental',
        distributed_by='series_id',
        incremental_strategy='append',
        full_refresh=false,
        pre_hook="{{ take_turn() }}",
        post_hook="create unique index if not exists int_flags_archived_key on {{ this }} (series_id, interval_start, collected_at, rule, kind, load_id)",
    )
}}

-- Created empty here. The command archive writes it, in the transaction that takes a month out of the tables.
select
    series_id,
    load_id,
    rule,
    kind,
    value,
    interval_start,
    collected_at,
    null::timestamptz as known_to
from {{ ref('stg_flagged_rows') }}
where false
