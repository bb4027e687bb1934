{% macro int_grid_hours_definitions() -%}
    {{ definitions_of_location_hours('grid') }}
{%- endmacro %}
