-- depends_on: {{ ref('int_series_days') }}

with totals_of_days as (
    select * from {{ ref('int_summaries_applied') }}
    where summary = 'int_series_days'
),

revisions as not materialized (
    select * from {{ ref('int_measure_revisions') }}
),

loads as (
    select * from {{ ref('stg_loads') }}
),

hierarchy as (
    select
        (select count(*) from {{ ref('dim_grid') }}) as grids,
        (select count(*) from {{ ref('dim_region') }}) as regions,
        (select count(*) from {{ ref('dim_node') }}) as nodes,
        (select count(*) from {{ ref('dim_series') }}) as series
),

revision_counts as (
    select
        coalesce(sum(intervals), 0)::bigint as measures,
        coalesce(sum(revisions), 0)::bigint as revisions,
        max(newest_interval_start) as newest_interval_start,
        max(newest_collected_at) as newest_collected_at
    from totals_of_days
),

-- Counted only where anything was collected lately. The reference to the counts also keeps PostgreSQL from starting
-- parallel workers, which takes longer than the scan of the index on collected_at.
recent as (
    select recent_revisions.revisions_last_24h
    from revision_counts
    cross join lateral (
        select count(*) as revisions_last_24h
        from revisions
        where
            revisions.collected_at > now() - interval '24 hours'
            and revisions.collected_at <= now()
            and revision_counts.newest_collected_at > now() - interval '24 hours'
    ) as recent_revisions
),

load_counts as (
    select
        count(*) filter (where status = 'pending') as loads_pending,
        count(*) filter (where status = 'accepted') as loads_accepted,
        count(*) filter (where status = 'held') as loads_held,
        count(*) filter (where status = 'withdrawn') as loads_withdrawn
    from loads
),

final as (
    select
        hierarchy.grids,
        hierarchy.regions,
        hierarchy.nodes,
        hierarchy.series,
        revision_counts.measures,
        revision_counts.revisions,
        recent.revisions_last_24h,
        load_counts.loads_pending,
        load_counts.loads_accepted,
        load_counts.loads_held,
        load_counts.loads_withdrawn,
        revision_counts.newest_interval_start,
        revision_counts.newest_collected_at
    from hierarchy
    cross join revision_counts
    cross join recent
    cross join load_counts
)

select * from final
