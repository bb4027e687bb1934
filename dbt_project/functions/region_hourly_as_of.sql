{# The text is kept as it stands, so it must hold in a copy of the database too: no database name in it. #}
with homes as materialized (
    select *
    from {{ ref('dim_series_history').include(database=false) }} as series
    where
        mod(3600, extract(epoch from series.resolution::interval)) = 0
        and (region_hourly_as_of.grid_id is null or series.grid_id = region_hourly_as_of.grid_id)
        and (region_hourly_as_of.region_id is null or series.region_id = region_hourly_as_of.region_id)
        and (region_hourly_as_of.metric is null or series.metric = region_hourly_as_of.metric)
),

series as (
    select
        dim_series.series_id,
        dim_series.unit,
        dim_series.time_zone,
        dim_series.resolution::interval as resolution
    from {{ ref('dim_series').include(database=false) }} as dim_series
    where dim_series.series_id in (select homes.series_id from homes)
),

-- The one revision whose knowledge range holds the moment; an hour that begins before the end may go on after it.
known as (
    select
        series.series_id,
        series.unit,
        series.resolution,
        revisions.value,
        case
            when series.resolution = interval '1 hour' then revisions.interval_start
            else date_trunc('hour', revisions.interval_start, series.time_zone)
        end as interval_start
    from series
    inner join {{ ref('fct_measure_revisions').include(database=false) }} as revisions on series.series_id = revisions.series_id
    where
        (region_hourly_as_of.start_datetime is null or revisions.interval_start >= region_hourly_as_of.start_datetime)
        and (
            region_hourly_as_of.end_datetime is null
            or revisions.interval_start < region_hourly_as_of.end_datetime + interval '1 hour'
        )
        and (region_hourly_as_of.collected_datetime is null or revisions.known_from <= region_hourly_as_of.collected_datetime)
        and (revisions.known_to is null or revisions.known_to > region_hourly_as_of.collected_datetime)
),

hours as (
    select
        known.series_id,
        case
            when count(known.value) * extract(epoch from known.resolution) <> 3600 then null
            when {{ sums_over_time('known.unit') }} then sum(known.value)
            else avg(known.value)
        end as value,
        known.interval_start
    from known
    where
        (region_hourly_as_of.start_datetime is null or known.interval_start >= region_hourly_as_of.start_datetime)
        and (region_hourly_as_of.end_datetime is null or known.interval_start < region_hourly_as_of.end_datetime)
    group by known.series_id, known.unit, known.resolution, known.interval_start
),

reported as (
    select
        homes.region_id,
        homes.metric,
        homes.source,
        homes.unit,
        count(hours.value) as nodes_reporting,
        case when homes.aggregation = 'sum' then sum(hours.value) else avg(hours.value) end as value,
        hours.interval_start
    from hours
    inner join homes
        on
            hours.series_id = homes.series_id
            and (homes.valid_from is null or hours.interval_start >= homes.valid_from)
            and (homes.valid_to is null or hours.interval_start < homes.valid_to)
    group by homes.region_id, homes.metric, homes.source, homes.unit, homes.aggregation, hours.interval_start
    having count(hours.value) > 0
),

counted as (
    select
        reported.region_id,
        reported.metric,
        reported.source,
        reported.unit,
        reported.nodes_reporting,
        count(*) as nodes_expected,
        reported.value,
        reported.interval_start
    from reported
    inner join homes
        on
            reported.region_id = homes.region_id
            and reported.metric = homes.metric
            and reported.source = homes.source
            and (homes.valid_from is null or reported.interval_start >= homes.valid_from)
            and (homes.valid_to is null or reported.interval_start < homes.valid_to)
    group by
        reported.region_id, reported.metric, reported.source, reported.unit, reported.nodes_reporting, reported.value,
        reported.interval_start
)

select
    regions.grid_id,
    regions.region_id,
    regions.grid_name,
    regions.region_name,
    counted.metric,
    counted.source,
    counted.unit,
    counted.nodes_reporting,
    counted.nodes_expected,
    counted.value,
    counted.interval_start
from counted
inner join {{ ref('dim_region').include(database=false) }} as regions on counted.region_id = regions.region_id
