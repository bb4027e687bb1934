{#
    A snapshot's times are timestamptz, like all others; dbt's own lose the session's time zone. A version never begins before
    an earlier one, also where the server's clock was set back.
#}
{% macro postgres__snapshot_get_time() -%}
    {%- if load_relation(this) -%}
        greatest(now(), (select max(dbt_valid_from) + interval '1 microsecond' from {{ this }}))
    {%- else -%}
        now()
    {%- endif -%}
{%- endmacro %}
