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
