{# A snapshot's times are timestamptz, like all others; dbt's own lose the session's time zone. #}
{% macro postgres__snapshot_get_time() -%}
    now()
{%- endmacro %}
