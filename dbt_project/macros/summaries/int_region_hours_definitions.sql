{% macro int_region_hours_definitions() -%}
    {{ definitions_of_location_hours('region') }}
{%- endmacro %}
