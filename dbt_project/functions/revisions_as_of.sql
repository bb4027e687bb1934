{# PostgreSQL keeps this text, which must also work in a copy of the database: no database name in it. #}
with selected_series as not materialized (
    select *
    from {{ ref('dim_series').include(database=false) }} as series
    where
        (revisions_as_of.grid_id is null or series.grid_id = revisions_as_of.grid_id)
        and (revisions_as_of.region_id is null or series.region_id = revisions_as_of.region_id)
        and (revisions_as_of.node_id is null or series.node_id = revisions_as_of.node_id)
        and (revisions_as_of.metric is null or series.metric = revisions_as_of.metric)
),

-- Without a system time: today's chain, cut off at the requested knowledge time.
current_chain as (
    select
        revisions.series_id,
        revisions.load_id,
        revisions.value,
        revisions.previous_value,
        revisions.interval_start,
        revisions.collected_at,
        case
            when
                revisions_as_of.collected_datetime is null or revisions.known_to <= revisions_as_of.collected_datetime
                then revisions.known_to
        end as known_to
    from selected_series
    inner join {{ ref('fct_measure_revisions').include(database=false) }} as revisions
        on selected_series.series_id = revisions.series_id
    where
        revisions_as_of.loaded_datetime is null
        and (revisions_as_of.start_datetime is null or revisions.interval_start >= revisions_as_of.start_datetime)
        and (revisions_as_of.end_datetime is null or revisions.interval_start < revisions_as_of.end_datetime)
        and (revisions_as_of.collected_datetime is null or revisions.collected_at <= revisions_as_of.collected_datetime)
),

-- With a system time: from everything ever received, by the loads that were accepted then.
last_events as (
    select distinct on (events.load_id)
        events.load_id,
        events.status
    from {{ ref('fct_load_events').include(database=false) }} as events
    where events.changed_at <= revisions_as_of.loaded_datetime
    order by events.load_id asc, events.event_id desc
),

counted as (
    select
        received.series_id,
        received.stored_load_id,
        min(received.load_id) as load_id,
        received.value,
        received.interval_start,
        received.collected_at
    from selected_series
    inner join {{ ref('fct_measures_received').include(database=false) }} as received on selected_series.series_id = received.series_id
    inner join last_events on received.load_id = last_events.load_id
    where
        revisions_as_of.loaded_datetime is not null
        and last_events.status = 'accepted'
        and (revisions_as_of.start_datetime is null or received.interval_start >= revisions_as_of.start_datetime)
        and (revisions_as_of.end_datetime is null or received.interval_start < revisions_as_of.end_datetime)
        and (revisions_as_of.collected_datetime is null or received.collected_at <= revisions_as_of.collected_datetime)
    group by
        received.series_id, received.stored_load_id, received.value, received.interval_start, received.collected_at
),

{{ latest_load_wins('counted') }},

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
    matches.collected_at,
    matches.known_to
from matches
inner join selected_series on matches.series_id = selected_series.series_id
left join {{ ref('fct_flagged_revisions').include(database=false) }} as flagged
    on
        matches.series_id = flagged.series_id
        and matches.interval_start = flagged.interval_start
        and matches.collected_at = flagged.collected_at
        and matches.value is not distinct from flagged.value
