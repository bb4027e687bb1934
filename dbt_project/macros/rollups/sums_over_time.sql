{# True for units whose values add up over time (energy per interval). All others are averages over their interval. #}
{% macro sums_over_time(unit) -%}
    {{ unit }} ~ '^[kMGT]?Wh$'
{%- endmacro %}
