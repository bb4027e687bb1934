{{
    config(
        materialized='incremental',
        distributed_by='series_id',
        incremental_strategy='apply_changes',
        unique_key=['series_id', 'interval_start', 'collected_at'],
        pre_hook="{{ take_turn() }}",
        post_hook=["{{ index_flagged_revisions() }}", "{{ announce_full_build() }}"],
    )
}}

with flags as (
    select * from {{ ref('int_flags_applied') }}
),

flagged as (
    select
        series_id,
        string_agg(rule, ', ' order by rule) as quality_flag,
        value,
        interval_start,
        collected_at
    from flags
    group by series_id, value, interval_start, collected_at
),

{% if is_incremental() %}

    present as (
        select * from {{ this }}
    ),

    -- Only the differences are written.
    final as (
        select
            coalesce(flagged.series_id, present.series_id) as series_id,
            flagged.quality_flag,
            flagged.value,
            coalesce(flagged.interval_start, present.interval_start) as interval_start,
            coalesce(flagged.collected_at, present.collected_at) as collected_at,
            flagged.series_id is null as is_gone
        from flagged
        full join present
            on
                flagged.series_id = present.series_id
                and flagged.interval_start = present.interval_start
                and flagged.collected_at = present.collected_at
        where
            flagged.quality_flag is distinct from present.quality_flag
            or flagged.value is distinct from present.value
    )

{% else %}

    final as (
        select * from flagged
    )

{% endif %}

select * from final
