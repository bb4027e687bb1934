{% macro definitions_of_series_days() -%}
    select
        series_id,
        time_zone as definition
    from {{ ref('int_series') }}
{%- endmacro %}


{# Hook of int_series_days: its totals, so that a reader does not add up every day that there is. #}
{% macro add_up_series_days() %}
    update {{ ref('int_summaries_applied') }} as applied
    set
        intervals = totals.intervals,
        revisions = totals.revisions,
        newest_interval_start = totals.newest_interval_start,
        newest_collected_at = totals.newest_collected_at
    from (
        select
            sum(days.intervals)::bigint as intervals,
            sum(days.revisions)::bigint as revisions,
            max(days.newest_interval_start) as newest_interval_start,
            max(days.newest_collected_at) as newest_collected_at
        from {{ this }} as days
    ) as totals
    where applied.summary = '{{ this.identifier }}'
{% endmacro %}
