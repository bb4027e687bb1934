with flagged as (
    select * from {{ ref('stg_flagged_rows') }}
),

applied as (
    select * from {{ ref('int_loads_applied') }}
),

revisions as (
    select * from {{ ref('int_measure_revisions') }}
),

archived_months as (
    select * from {{ ref('stg_archived_months') }}
),

-- By the loads that the marts hold now, and by value: a flag is about a value, which another load may have corrected.
in_tables as (
    select distinct
        revisions.series_id,
        revisions.load_id,
        flagged.rule,
        flagged.kind,
        revisions.value,
        revisions.interval_start,
        revisions.collected_at,
        revisions.known_to
    from flagged
    inner join applied on flagged.load_id = applied.load_id
    inner join revisions
        on
            flagged.series_id = revisions.series_id
            and flagged.interval_start = revisions.interval_start
            and flagged.collected_at = revisions.collected_at
            and flagged.value is not distinct from revisions.value
    where
        not exists (
            select
            from archived_months
            where
                flagged.interval_start >= archived_months.month_start
                and flagged.interval_start < archived_months.month_end
        )
),

final as (
    select * from in_tables
    union all
    select * from {{ ref('int_flags_archived') }}
)

select * from final
