{%- set names = [
    'grid_id', 'region_id', 'node_id', 'grid_name', 'region_name', 'node_name', 'metric', 'source', 'unit'
] -%}
{%- set is_restated -%}
intervals.collected_at >= intervals.interval_end
        and intervals.collected_at > intervals.first_collected_at
        and {{ in_tables('intervals.interval_start', 'intervals.collected_at > intervals.first_collected_at') }}
{%- endset -%}

with intervals as (
    select * from {{ ref('int_latest_with_interval_end') }}
),

revisions as not materialized (
    select * from {{ ref('int_measure_revisions') }}
),

-- Only intervals with several revisions whose newest came after their end, and of those only what came after it.
{%- if is_distributed() %}
-- Not lateral: each node has all revisions of its series, but Citus sees that only of a join.
    chains as (
        select
            revisions.series_id,
            {%- for name in names %}
                intervals.{{ name }},
            {%- endfor %}
            intervals.time_zone,
            revisions.load_id,
            revisions.previous_value,
            revisions.value,
            revisions.interval_start,
            intervals.interval_end,
            revisions.collected_at,
            intervals.first_collected_at
        from intervals
        inner join revisions
            on intervals.series_id = revisions.series_id and intervals.interval_start = revisions.interval_start
        where
            {{ is_restated }}
    ),

    changes as (
        {{ changes_after_delivery('chains') }}
    ),
{%- else %}
    changes as (
        select
            intervals.series_id,
            {%- for name in names %}
                intervals.{{ name }},
            {%- endfor %}
            intervals.time_zone,
            changed.load_id,
            changed.previous_value,
            changed.value,
            changed.restatement_rank,
            changed.is_first_reading,
            intervals.interval_start,
            intervals.interval_end,
            changed.collected_at
        from intervals
        inner join lateral (
            with chain as (
                select
                    revisions.series_id,
                    revisions.load_id,
                    revisions.previous_value,
                    revisions.value,
                    revisions.interval_start,
                    intervals.interval_end,
                    revisions.collected_at,
                    intervals.first_collected_at
                from revisions
                where
                    revisions.series_id = intervals.series_id
                    and revisions.interval_start = intervals.interval_start
            )

            {{ changes_after_delivery('chain') }}
        ) as changed on true
        where
            {{ is_restated }}
    ),
{%- endif %}

{{ measure_changes(names) }},

final as (
    select
        series_id,
        grid_id,
        region_id,
        node_id,
        load_id,
        grid_name,
        region_name,
        node_name,
        metric,
        source,
        unit,
        previous_value,
        value,
        change,
        absolute_change,
        relative_change,
        lateness_hours,
        restatement_rank,
        is_first_reading,
        delivery_date,
        interval_start,
        interval_end,
        collected_at
    from measured
)

select * from final
