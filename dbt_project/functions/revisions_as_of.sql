{# The text is kept as it stands, so it must hold in a copy of the database too: no database name in it. #}
with wanted as not materialized (
    select *
    from {{ ref('dim_series').include(database=false) }} as series
    where
        (revisions_as_of.grid_id is null or series.grid_id = revisions_as_of.grid_id)
        and (revisions_as_of.region_id is null or series.region_id = revisions_as_of.region_id)
        and (revisions_as_of.node_id is null or series.node_id = revisions_as_of.node_id)
        and (revisions_as_of.metric is null or series.metric = revisions_as_of.metric)
),

-- Without a system time: the chain as it stands, cut off at the moment asked about.
told_now as (
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
    from wanted
    inner join {{ ref('fct_measure_revisions').include(database=false) }} as revisions
        on wanted.series_id = revisions.series_id
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
    from wanted
    inner join {{ ref('fct_measures_received').include(database=false) }} as received on wanted.series_id = received.series_id
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

compared as (
    select
        *,
        row_number() over key_loads as turn,
        lag(value) over key_loads as value_before,
        lead(stored_load_id) over key_loads as next_load_id
    from counted
    window key_loads as (partition by series_id, interval_start, collected_at order by stored_load_id)
),

attributed as (
    select
        *,
        max(load_id) filter (where turn = 1 or value is distinct from value_before) over (
            partition by series_id, interval_start, collected_at order by stored_load_id
        ) as first_load_id
    from compared
),

remembered as (
    select
        series_id,
        first_load_id as load_id,
        value,
        lag(value) over chain as previous_value,
        interval_start,
        collected_at,
        lead(collected_at) over chain as known_to
    from attributed
    where next_load_id is null
    window chain as (partition by series_id, interval_start order by collected_at)
),

found as (
    select * from told_now
    union all
    select * from remembered
)

select
    found.series_id,
    wanted.grid_id,
    wanted.region_id,
    wanted.node_id,
    found.load_id,
    wanted.grid_name,
    wanted.region_name,
    wanted.node_name,
    wanted.metric,
    wanted.source,
    wanted.unit,
    flagged.quality_flag,
    found.value,
    found.previous_value,
    found.interval_start,
    found.collected_at,
    found.known_to
from found
inner join wanted on found.series_id = wanted.series_id
left join {{ ref('fct_flagged_revisions').include(database=false) }} as flagged
    on
        found.series_id = flagged.series_id
        and found.interval_start = flagged.interval_start
        and found.collected_at = flagged.collected_at
        and found.value is not distinct from flagged.value
