{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        full_refresh=false,
        on_schema_change='append_new_columns',
        pre_hook="{{ take_turn() }}",
        post_hook="create unique index if not exists int_summaries_applied_summary on {{ this }} (summary)",
    )
}}

-- Created empty here. Each summary writes its row, in the transaction that brings it up to date.
select
    null::text as summary,
    null::bigint as change_number,
    null::bigint as intervals,
    null::bigint as revisions,
    null::timestamptz as newest_interval_start,
    null::timestamptz as newest_collected_at
from {{ ref('stg_grids') }}
where false
