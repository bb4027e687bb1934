{#
    When an interval ends: days, weeks, months and years on the grid's own calendar, shorter intervals after a fixed number of seconds.
    The local time of its start is taken just before it, so that a day whose midnight a clock change skips begins at midnight.
#}
{% macro interval_end(interval_start, series) -%}
    case
        when {{ series }}.resolution like 'PT%' then {{ interval_start }} + {{ series }}.resolution::interval
        else
            {{ day_start(
                "(" ~ interval_start ~ " - interval '1 microsecond') at time zone " ~ series ~ ".time_zone"
                ~ " + interval '1 microsecond' + " ~ series ~ ".resolution::interval",
                series ~ '.time_zone'
            ) }}
    end
{%- endmacro %}
