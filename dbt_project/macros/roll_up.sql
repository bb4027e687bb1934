{#
    CTEs that add up (or average, as the metric says) the hours of series over the places where their nodes were when the hour
    began, under the names the places have today. They read `hours` (series_id, value, interval_start), `homes` (rows of
    dim_series_history whose intervals divide an hour) and `places` (dim_region or dim_grid); the last one is `rolled_up`.
#}
{% macro roll_up(level) %}
{%- set keys = {'grid': ['grid_id'], 'region': ['grid_id', 'region_id']}[level] -%}
{%- set names = {'grid': ['grid_name'], 'region': ['grid_name', 'region_name']}[level] -%}
reported as (
    select
        {%- for column in keys + names %}
        places.{{ column }},
        {%- endfor %}
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
    inner join places on homes.{{ level }}_id = places.{{ level }}_id
    group by
        {% for column in keys + names %}places.{{ column }}, {% endfor %}
        homes.metric, homes.source, homes.unit, homes.aggregation, hours.interval_start
    having count(hours.value) > 0
),

rolled_up as (
    select
        {%- for column in keys + names %}
        reported.{{ column }},
        {%- endfor %}
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
            reported.{{ level }}_id = homes.{{ level }}_id
            and reported.metric = homes.metric
            and reported.source = homes.source
            and (homes.valid_from is null or reported.interval_start >= homes.valid_from)
            and (homes.valid_to is null or reported.interval_start < homes.valid_to)
    group by
        {% for column in keys + names %}reported.{{ column }}, {% endfor %}
        reported.metric, reported.source, reported.unit,
        reported.nodes_reporting, reported.value, reported.interval_start
)
{%- endmacro %}


{#
    The body of grid_hourly_as_of and region_hourly_as_of. The text is kept as it stands, so it must hold in a copy of the database
    too: no database name in it.
#}
{% macro roll_up_as_of(level) %}
{%- set function_name = level ~ '_hourly_as_of' -%}
with homes as materialized (
    select *
    from {{ ref('dim_series_history').include(database=false) }} as series
    where
        mod(3600, extract(epoch from series.resolution::interval)) = 0
        and ({{ function_name }}.grid_id is null or series.grid_id = {{ function_name }}.grid_id)
        {%- if level == 'region' %}
        and ({{ function_name }}.region_id is null or series.region_id = {{ function_name }}.region_id)
        {%- endif %}
        and ({{ function_name }}.metric is null or series.metric = {{ function_name }}.metric)
),

places as (
    select * from {{ ref('dim_' ~ level).include(database=false) }}
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
        collected_datetime => {{ function_name }}.collected_datetime,
        start_datetime => {{ function_name }}.start_datetime,
        end_datetime => {{ function_name }}.end_datetime + interval '1 hour',
        metric => {{ function_name }}.metric,
        loaded_datetime => {{ function_name }}.loaded_datetime
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
        ({{ function_name }}.start_datetime is null or known.interval_start >= {{ function_name }}.start_datetime)
        and ({{ function_name }}.end_datetime is null or known.interval_start < {{ function_name }}.end_datetime)
    group by known.series_id, known.unit, known.resolution, known.interval_start
),

{{ roll_up(level) }}

select * from rolled_up
{%- endmacro %}
