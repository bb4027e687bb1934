{#
    How changes after delivery are summed up and averaged, for the sums by day and the answers that are made of them.
#}

{#
    The CTE `summed`: sums by series and local day of `changes`, without first readings. Its columns are in the order of
    int_restatement_days, or with is_like_mart in that of agg_restatements_by_day.
#}
{% macro sum_changes_by_day(changes, is_like_mart=false) -%}
summed as (
    select
        series_id,
        {%- if not is_like_mart %}
        delivery_date as local_date,
        {%- endif %}
        count(*) as restatements,
        count(distinct interval_start) as intervals,
        count(*) filter (where value is null) as withdrawals,
        count(change) as changes,
        count(relative_change) as relative_changes,
        sum(change) as total_change,
        sum(absolute_change) as total_absolute_change,
        max(absolute_change) as largest_absolute_change,
        sum(relative_change) as total_relative_change,
        max(relative_change) as largest_relative_change,
        sum(lateness_hours) as total_lateness_hours,
        max(lateness_hours) as longest_lateness_hours
        {%- if is_like_mart %},
        delivery_date as local_date
        {%- endif %}
    from {{ changes }}
    where not is_first_reading
    group by series_id, delivery_date
)
{%- endmacro %}


{# The aggregates over sums of days. #}
{% macro average_changes(days) -%}
    sum({{ days }}.restatements)::bigint as restatements,
    sum({{ days }}.intervals)::bigint as intervals,
    sum({{ days }}.withdrawals)::bigint as withdrawals,
    sum({{ days }}.total_change) / nullif(sum({{ days }}.changes), 0)::double precision as mean_change,
    sum({{ days }}.total_absolute_change) / nullif(sum({{ days }}.changes), 0)::double precision as mean_absolute_change,
    max({{ days }}.largest_absolute_change) as largest_absolute_change,
    sum({{ days }}.total_relative_change)
    / nullif(sum({{ days }}.relative_changes), 0)::double precision as mean_relative_change,
    max({{ days }}.largest_relative_change) as largest_relative_change,
    sum({{ days }}.total_lateness_hours) / sum({{ days }}.restatements)::double precision as mean_lateness_hours,
    max({{ days }}.longest_lateness_hours) as longest_lateness_hours
{%- endmacro %}


{# The local month of delivery of a sum of a day. #}
{% macro delivery_month(days) -%}
    date_trunc('month', {{ days }}.local_date)::date
{%- endmacro %}


{#
    The answer of the function `name`, from its CTE `sums`, which says as which series each counts; none for a kind of group that does
    not exist.
#}
{% macro average_changes_of_groups(name) -%}
final as (
    select
        sums.counted_as as series_id,
        {{ average_changes('sums') }},
        case {{ name }}.grouped_by when 'month' then {{ delivery_month('sums') }} end as delivery_month
    from sums
    where {{ name }}.grouped_by in ('month', 'series')
    group by sums.counted_as, delivery_month
)

select * from final
{%- endmacro %}
