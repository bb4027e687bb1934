{#
    CTEs of the functions that add sums of days up over a range, by the arguments of the function `name`. `days`: the local days of each
    series that are completely in the range. `edges`: the parts of days at its edges, which are read from the facts.
#}
{% macro days_and_edges(name) -%}
days as (
    select *
    from {{ function('local_days_within').include(database=false) }}(
        {{ name }}.start_datetime, {{ name }}.end_datetime, {{ name }}.series_ids
    )
),

edges as (
    select
        series_id,
        {{ name }}.start_datetime as edge_start,
        least({{ name }}.end_datetime, first_day_start_at) as edge_end
    from days
    where {{ name }}.start_datetime < least({{ name }}.end_datetime, first_day_start_at)
    union all
    select
        series_id,
        end_day_start_at as edge_start,
        {{ name }}.end_datetime as edge_end
    from days
    where end_day_start_at < {{ name }}.end_datetime and (first_date is null or first_date <= end_date)
)
{%- endmacro %}


{#
    The CTE `counted_series`: the series as which each series counts, by the arguments series_ids and counted_as of the function `name`.
#}
{% macro counted_series(name) -%}
counted_series as (
    select
        pairs.series_id,
        min(pairs.counted_as) as counted_as
    from unnest({{ name }}.series_ids, {{ name }}.counted_as) as pairs (series_id, counted_as)
    group by pairs.series_id
)
{%- endmacro %}


{# The CTEs `counted_series` and `counted_days`: `days` of the function `name`, with the series as which each counts. #}
{% macro count_days_as(name) -%}
{{ counted_series(name) }},

counted_days as (
    select
        days.*,
        coalesce(counted_series.counted_as, days.series_id) as counted_as
    from days
    left join counted_series on days.series_id = counted_series.series_id
)
{%- endmacro %}


{#
    The call of the function `called`, which sums up the parts of days, with the range and series of the function `name`. To plan how
    facts are read takes longer than to add sums up, and grows with the months of the warehouse. `with ordinality` keeps PostgreSQL from
    merging the function into the query, so that it is planned only where it is called.
#}
{% macro sums_of_edges(called, name, arguments=[]) -%}
{{ function(called).include(database=false) }}(
        {%- for argument in arguments + ['start_datetime', 'end_datetime', 'series_ids'] %}
        {{ argument }} => {{ name }}.{{ argument }}{{ ',' if not loop.last }}
        {%- endfor %}
    ) with ordinality
{%- endmacro %}
