with selected_series as not materialized (
    select *
    from {{ ref('dim_series').include(database=false) }} as series
    where
        {{ selected_by('revisions_as_of', ['grid_id', 'region_id', 'node_id', 'metric']) }}
        and {{ range_in_tables('revisions_as_of') }}
),

-- Without a system time: today's chain, cut off at the requested knowledge time. `offset 0`: each series reads its own
-- intervals, whatever the planner expects.
current_chain as (
    select chains.*
    from selected_series
    cross join lateral (
        select
            revisions.series_id,
            revisions.load_id,
            revisions.value,
            revisions.previous_value,
            revisions.interval_start,
            revisions.collected_at,
            case
                when revisions.known_to <= coalesce(revisions_as_of.collected_datetime, 'infinity')
                    then revisions.known_to
            end as known_to
        from {{ ref('fct_measure_revisions').include(database=false) }} as revisions
        where
            revisions.series_id = selected_series.series_id
            and revisions_as_of.loaded_datetime is null
            and {{ in_range('revisions.interval_start', 'revisions_as_of') }}
            and revisions.collected_at <= coalesce(revisions_as_of.collected_datetime, 'infinity')
        {{ offset_0() }}
    ) as chains
),

-- With a system time: from everything ever received, by the loads that were accepted then.
{{ revisions_held_then('revisions_as_of') }},

reconstructed as (
    select
        series_id,
        load_id,
        value,
        lag(value) over chain as previous_value,
        interval_start,
        collected_at,
        lead(collected_at) over chain as known_to
    from winners
    window chain as (partition by series_id, interval_start order by collected_at)
),

matches as (
    select * from current_chain
    union all
    select * from reconstructed
)

select
    matches.series_id,
    selected_series.grid_id,
    selected_series.region_id,
    selected_series.node_id,
    matches.load_id,
    selected_series.grid_name,
    selected_series.region_name,
    selected_series.node_name,
    selected_series.metric,
    selected_series.source,
    selected_series.unit,
    flagged.quality_flag,
    matches.value,
    matches.previous_value,
    matches.interval_start,
    {{ interval_end('matches.interval_start', 'selected_series') }} as interval_end,
    matches.collected_at,
    matches.known_to
from matches
inner join selected_series on matches.series_id = selected_series.series_id
{{ join_flags('matches', 'revisions_as_of') }}
