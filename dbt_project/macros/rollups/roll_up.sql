{#
    CTEs that roll hours of series up by location: added up or averaged, as the metric says, over the nodes that belonged to the
    location when the hour began, under the location's current name. They read `hours` (series_id, value, interval_start),
    `memberships` (rows of dim_series_history whose intervals divide an hour) and `locations` (dim_region or dim_grid). The last
    CTE is `rolled_up`.
#}
{% macro roll_up(level) %}
{%- set keys = {'grid': ['grid_id'], 'region': ['grid_id', 'region_id']}[level] -%}
{%- set names = {'grid': ['grid_name'], 'region': ['grid_name', 'region_name']}[level] -%}
reported as (
    select
        {%- for column in keys + names %}
        locations.{{ column }},
        {%- endfor %}
        memberships.metric,
        memberships.source,
        memberships.unit,
        count(hours.value) as nodes_reporting,
        case when memberships.aggregation = 'sum' then sum(hours.value) else avg(hours.value) end as value,
        hours.interval_start
    from hours
    inner join memberships
        on
            hours.series_id = memberships.series_id
            and (memberships.valid_from is null or hours.interval_start >= memberships.valid_from)
            and (memberships.valid_to is null or hours.interval_start < memberships.valid_to)
    inner join locations on memberships.{{ level }}_id = locations.{{ level }}_id
    group by
        {% for column in keys + names %}locations.{{ column }}, {% endfor %}
        memberships.metric, memberships.source, memberships.unit, memberships.aggregation, hours.interval_start
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
    inner join memberships
        on
            reported.{{ level }}_id = memberships.{{ level }}_id
            and reported.metric = memberships.metric
            and reported.source = memberships.source
            and (memberships.valid_from is null or reported.interval_start >= memberships.valid_from)
            and (memberships.valid_to is null or reported.interval_start < memberships.valid_to)
    group by
        {% for column in keys + names %}reported.{{ column }}, {% endfor %}
        reported.metric, reported.source, reported.unit,
        reported.nodes_reporting, reported.value, reported.interval_start
)
{%- endmacro %}


{#
    The body of grid_hourly_as_of and region_hourly_as_of. PostgreSQL keeps this text, which must also work in a copy of the
    database: no database name in it.
#}
{% macro roll_up_as_of(level) %}
{%- set function_name = level ~ '_hourly_as_of' -%}
with memberships as materialized (
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

locations as (
    select * from {{ ref('dim_' ~ level).include(database=false) }}
),

series as (
    select
        dim_series.series_id,
        dim_series.unit,
        dim_series.time_zone,
        dim_series.resolution::interval as resolution
    from {{ ref('dim_series').include(database=false) }} as dim_series
    where dim_series.series_id in (select memberships.series_id from memberships)
),

-- An hour that begins before the end may end after it. The series are passed as an array, which reaches the key of the facts.
measures_then as (
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
    where measures.series_id = any(array(select memberships.series_id from memberships))
),

hours as (
    select
        measures_then.series_id,
        case
            when count(measures_then.value) * extract(epoch from measures_then.resolution) <> 3600 then null
            when {{ sums_over_time('measures_then.unit') }} then sum(measures_then.value)
            else avg(measures_then.value)
        end as value,
        measures_then.interval_start
    from measures_then
    where
        ({{ function_name }}.start_datetime is null or measures_then.interval_start >= {{ function_name }}.start_datetime)
        and ({{ function_name }}.end_datetime is null or measures_then.interval_start < {{ function_name }}.end_datetime)
    group by measures_then.series_id, measures_then.unit, measures_then.resolution, measures_then.interval_start
),

{{ roll_up(level) }}

select * from rolled_up
{%- endmacro %}
