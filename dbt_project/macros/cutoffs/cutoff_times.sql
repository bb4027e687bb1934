{# The local day in which an interval begins. #}
{% macro delivery_date(interval_start, series) -%}
    ({{ interval_start }} at time zone {{ series }}.time_zone)::date
{%- endmacro %}


{# When a cut-off is for an interval, in UTC. #}
{% macro cutoff_at(interval_start, series, cutoffs) -%}
    ({{ delivery_date(interval_start, series) }} - {{ cutoffs }}.days_before_delivery + {{ cutoffs }}.local_time)
    at time zone {{ series }}.time_zone
{%- endmacro %}
