with selected_series as materialized (
    select *
    from {{ ref('dim_series').include(database=false) }} as series
    where
        {{ selected_by('restatements_as_of', ['grid_id', 'region_id', 'node_id', 'metric']) }}
        and {{ range_in_tables('restatements_as_of') }}
),

-- Without a system time: only intervals with several revisions whose newest came after their end.
changeable as (
    select
        newest.series_id,
        newest.interval_start,
        newest.first_collected_at,
        {{ interval_end('newest.interval_start', 'selected_series') }} as interval_end
    from selected_series
    cross join
        lateral (
            select
                revisions.series_id,
                revisions.interval_start,
                revisions.collected_at,
                revisions.first_collected_at
            from {{ ref('fct_measure_revisions').include(database=false) }} as revisions
            where
                revisions.series_id = selected_series.series_id
                and revisions.known_to is null
                and restatements_as_of.loaded_datetime is null
                and {{ in_range('revisions.interval_start', 'restatements_as_of') }}
            {{ offset_0() }}
        ) as newest
    where
        newest.collected_at > newest.first_collected_at
        and newest.collected_at >= {{ interval_end('newest.interval_start', 'selected_series') }}
),

current_chains as (
    select
        changeable.series_id,
        chain.load_id,
        chain.previous_value,
        chain.value,
        changeable.interval_start,
        changeable.interval_end,
        chain.collected_at,
        changeable.first_collected_at
    from changeable
    cross join lateral (
        select
            revisions.load_id,
            revisions.previous_value,
            revisions.value,
            revisions.collected_at
        from {{ ref('fct_measure_revisions').include(database=false) }} as revisions
        where
            revisions.series_id = changeable.series_id
            and revisions.interval_start = changeable.interval_start
            and revisions.collected_at >= changeable.interval_end
            and revisions.collected_at <= coalesce(restatements_as_of.collected_datetime, 'infinity')
            -- Known when the query is planned, as in measures_at_cutoffs.
            and {{ in_range('revisions.interval_start', 'restatements_as_of') }}
        {{ offset_0() }}
    ) as chain
),

-- With a system time: from everything ever received, by the loads that were accepted then.
{{ revisions_held_then('restatements_as_of') }},

reconstructed as (
    select
        series_id,
        load_id,
        lag(value) over chain as previous_value,
        value,
        interval_start,
        collected_at,
        first_value(collected_at) over chain as first_collected_at
    from winners
    window chain as (partition by series_id, interval_start order by collected_at)
),

chains as (
    select * from current_chains
    union all
    select
        reconstructed.series_id,
        reconstructed.load_id,
        reconstructed.previous_value,
        reconstructed.value,
        reconstructed.interval_start,
        {{ interval_end('reconstructed.interval_start', 'selected_series') }} as interval_end,
        reconstructed.collected_at,
        reconstructed.first_collected_at
    from reconstructed
    inner join selected_series on reconstructed.series_id = selected_series.series_id
),

changes as (
    select
        changed.*,
        selected_series.time_zone
    from ({{ changes_after_delivery('chains') }}) as changed
    inner join selected_series on changed.series_id = selected_series.series_id
),

{{ measure_changes() }}

select
    measured.series_id,
    selected_series.grid_id,
    selected_series.region_id,
    selected_series.node_id,
    measured.load_id,
    selected_series.grid_name,
    selected_series.region_name,
    selected_series.node_name,
    selected_series.metric,
    selected_series.source,
    selected_series.unit,
    measured.previous_value,
    measured.value,
    measured.change,
    measured.absolute_change,
    measured.relative_change,
    measured.lateness_hours,
    measured.restatement_rank,
    measured.is_first_reading,
    measured.delivery_date,
    measured.interval_start,
    measured.interval_end,
    measured.collected_at
from measured
inner join selected_series on measured.series_id = selected_series.series_id
