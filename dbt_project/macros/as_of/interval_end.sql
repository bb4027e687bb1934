{# When an interval ends: a day on the grid's own calendar, shorter intervals after a fixed number of seconds. #}
{% macro interval_end(interval_start, series) -%}
    case
        when {{ series }}.resolution like 'PT%' then {{ interval_start }} + {{ series }}.resolution::interval
        else
            ({{ interval_start }} at time zone {{ series }}.time_zone + {{ series }}.resolution::interval)
            at time zone {{ series }}.time_zone
    end
{%- endmacro %}
