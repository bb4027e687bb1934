{# The text is kept as it stands, so it must hold in a copy of the database too: no database name in it. #}
with wanted as not materialized (
    select *
    from {{ ref('dim_series').include(database=false) }} as series
    where
        (measures_as_of.grid_id is null or series.grid_id = measures_as_of.grid_id)
        and (measures_as_of.region_id is null or series.region_id = measures_as_of.region_id)
        and (measures_as_of.node_id is null or series.node_id = measures_as_of.node_id)
        and (measures_as_of.metric is null or series.metric = measures_as_of.metric)
),

-- Without a system time: from the newest revision of each interval, back to the one that was the newest then.
newest as not materialized (
    select
        revisions.series_id,
        revisions.load_id,
        revisions.value,
        revisions.interval_start,
        revisions.collected_at,
        revisions.first_collected_at
    from wanted
    inner join {{ ref('fct_measure_revisions').include(database=false) }} as revisions
        on wanted.series_id = revisions.series_id
    where
        measures_as_of.loaded_datetime is null
        and revisions.known_to is null
        and (measures_as_of.start_datetime is null or revisions.interval_start >= measures_as_of.start_datetime)
        and (measures_as_of.end_datetime is null or revisions.interval_start < measures_as_of.end_datetime)
),

still_newest as (
    select
        newest.series_id,
        newest.load_id,
        newest.value,
        newest.interval_start,
        newest.collected_at
    from newest
    where measures_as_of.collected_datetime is null or newest.collected_at <= measures_as_of.collected_datetime
),

newest_then as (
    select
        newest.series_id,
        earlier.load_id,
        earlier.value,
        newest.interval_start,
        earlier.collected_at
    from newest
    cross join lateral (
        select
            revisions.load_id,
            revisions.value,
            revisions.collected_at
        from {{ ref('fct_measure_revisions').include(database=false) }} as revisions
        where
            revisions.series_id = newest.series_id
            and revisions.interval_start = newest.interval_start
            and revisions.collected_at <= measures_as_of.collected_datetime
            and (measures_as_of.start_datetime is null or revisions.interval_start >= measures_as_of.start_datetime)
            and (measures_as_of.end_datetime is null or revisions.interval_start < measures_as_of.end_datetime)
        order by revisions.collected_at desc
        limit 1
    ) as earlier
    where
        newest.collected_at > measures_as_of.collected_datetime
        and newest.first_collected_at <= measures_as_of.collected_datetime
),

-- With a system time: from everything ever received, by the loads that were accepted then.
last_events as (
    select distinct on (events.load_id)
        events.load_id,
        events.status
    from {{ ref('fct_load_events').include(database=false) }} as events
    where events.changed_at <= measures_as_of.loaded_datetime
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
        measures_as_of.loaded_datetime is not null
        and last_events.status = 'accepted'
        and (measures_as_of.start_datetime is null or received.interval_start >= measures_as_of.start_datetime)
        and (measures_as_of.end_datetime is null or received.interval_start < measures_as_of.end_datetime)
        and (measures_as_of.collected_datetime is null or received.collected_at <= measures_as_of.collected_datetime)
    group by
        received.series_id, received.stored_load_id, received.value, received.interval_start, received.collected_at
),

compared as (
    select
        *,
        row_number() over key_loads as turn,
        lag(value) over key_loads as value_before
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
    select distinct on (series_id, interval_start)
        series_id,
        first_load_id as load_id,
        value,
        interval_start,
        collected_at
    from attributed
    order by series_id asc, interval_start asc, collected_at desc, stored_load_id desc
),

found as (
    select * from still_newest
    union all
    select * from newest_then
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
    found.value,
    found.interval_start,
    found.collected_at
from found
inner join wanted on found.series_id = wanted.series_id
