{% macro definitions_of_series_days() -%}
    select
        series_id,
        time_zone as definition
    from {{ ref('int_series') }}
{%- endmacro %}
