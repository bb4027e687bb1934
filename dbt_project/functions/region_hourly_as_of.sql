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

places as (
    select * from {{ ref('dim_region').include(database=false) }}
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

-- An hour that begins before the end may go on after it. The series are named in an array, which reaches the key of the facts.
known as (
    select
        series.series_id,
        series.unit,
        series.resolution,
        measures.value,
        case
            when series.resolution = interval '1 hour' then measures.interval_start
            else date_trunc('hour', measures.interval_start, series.time_zone)
        end as interval_start
    from {{ function('measures_as_of').include(database=false) }}(
        collected_datetime => region_hourly_as_of.collected_datetime,
        start_datetime => region_hourly_as_of.start_datetime,
        end_datetime => region_hourly_as_of.end_datetime + interval '1 hour',
        metric => region_hourly_as_of.metric,
        loaded_datetime => region_hourly_as_of.loaded_datetime
    ) as measures
    inner join series on measures.series_id = series.series_id
    where measures.series_id = any(array(select homes.series_id from homes))
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

{{ roll_up('region') }}

select * from rolled_up
