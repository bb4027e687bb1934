{#
    What changed after delivery, and by how much, for int_restatements and restatements_as_of.
#}

{#
    The revisions of `revisions` that came after the end of their interval and differ from the one before. It has previous_value,
    interval_end and first_collected_at, the collected_at of the first revision of the interval, in every row. A null before the first
    reading is either withdrawn, or nothing was reported yet, which is not a change.
#}
{% macro changes_after_delivery(revisions) -%}
    select
        readings.*,
        row_number() over (
            partition by readings.series_id, readings.interval_start order by readings.collected_at
        ) as restatement_rank
    from (
        select
            {{ revisions }}.*,
            row_number() over (
                partition by {{ revisions }}.series_id, {{ revisions }}.interval_start order by {{ revisions }}.collected_at
            ) = 1 as is_first_reading
        from {{ revisions }}
        where {{ revisions }}.collected_at >= {{ revisions }}.interval_end
    ) as readings
    where
        readings.value is distinct from readings.previous_value
        and (
            not readings.is_first_reading
            or readings.previous_value is not null
            or readings.first_collected_at < readings.interval_end
        )
{%- endmacro %}


{# The CTEs `sized` and `measured`, from `changes`. They have the columns of `names`, too. #}
{% macro measure_changes(names=[]) -%}
sized as (
    select
        *,
        value - previous_value as change,
        case when abs(previous_value) >= 1e-6 then abs(previous_value) end as previous_size
    from changes
),

measured as (
    select
        series_id,
        {%- for name in names %}
        {{ name }},
        {%- endfor %}
        load_id,
        previous_value,
        value,
        change,
        abs(change) as absolute_change,
        abs(change) / previous_size as relative_change,
        extract(epoch from collected_at - interval_end)::double precision / 3600 as lateness_hours,
        restatement_rank,
        is_first_reading,
        (interval_start at time zone time_zone)::date as delivery_date,
        interval_start,
        interval_end,
        collected_at
    from sized
)
{%- endmacro %}
