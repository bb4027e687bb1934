{% macro int_series_days_definitions() -%}
    select
        series_id,
        time_zone as definition
    from {{ ref('int_series') }}
{%- endmacro %}
