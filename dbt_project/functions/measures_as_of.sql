{# PostgreSQL keeps this text, which must also work in a copy of the database: no database name in it. #}
with selected_series as not materialized (
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
    from selected_series
    inner join {{ ref('fct_measure_revisions').include(database=false) }} as revisions
        on selected_series.series_id = revisions.series_id
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

-- With a system time: the newest of the revisions that this warehouse held then.
reconstructed as (
    select
        revisions.series_id,
        revisions.load_id,
        revisions.value,
        revisions.interval_start,
        revisions.collected_at
    from {{ function('revisions_as_of').include(database=false) }}(
        measures_as_of.collected_datetime,
        measures_as_of.start_datetime,
        measures_as_of.end_datetime,
        measures_as_of.grid_id,
        measures_as_of.region_id,
        measures_as_of.node_id,
        measures_as_of.metric,
        measures_as_of.loaded_datetime
    ) as revisions
    where measures_as_of.loaded_datetime is not null and revisions.known_to is null
),

matches as (
    select * from still_newest
    union all
    select * from newest_then
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
    matches.interval_start,
    matches.collected_at
from matches
inner join selected_series on matches.series_id = selected_series.series_id
left join {{ ref('fct_flagged_revisions').include(database=false) }} as flagged
    on
        matches.series_id = flagged.series_id
        and matches.interval_start = flagged.interval_start
        and matches.collected_at = flagged.collected_at
        and matches.value is not distinct from flagged.value
