{# Whether a metric's values add up over time (energy per interval) or are averages over their interval (all others). #}
{% macro sums_over_time(unit) -%}
    {{ unit }} ~ '^[kMGT]?Wh$'
{%- endmacro %}
