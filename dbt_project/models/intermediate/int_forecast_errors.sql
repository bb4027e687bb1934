{%- set names = [
    'grid_id', 'region_id', 'node_id', 'grid_name', 'region_name', 'node_name', 'metric', 'source', 'unit'
] -%}

with intervals as not materialized (
    select newest.*
    from {{ ref('int_latest_with_interval_end') }} as newest
    where {{ in_tables('newest.interval_start', 'newest.collected_at > newest.first_collected_at') }}
),

actual_series as not materialized (
    select * from {{ ref('int_series_matched_to_actuals') }}
),

latest as not materialized (
    select * from {{ ref('int_measure_revisions') }}
    where known_to is null
),

revisions as not materialized (
    select * from {{ ref('int_measure_revisions') }}
),

{{ measured_by_itself(names) }},

other_actuals as (
    select
        series_id,
        array_agg(actual_series_id order by preference) as actual_series_ids,
        array_agg(actual_seconds order by preference) as actual_seconds,
        array_agg(sums_over_time order by preference) as sums_over_time
    from {{ ref('int_series_matched_to_actuals') }}
    where not is_own
    group by series_id
),

-- Another series as actual: all its intervals within the forecast interval. Of several resolutions it is the first that
-- covers it.
measured_by_another as (
    select
        intervals.series_id,
        parts.actual_series_id,
        {%- for name in names %}
            intervals.{{ name }},
        {%- endfor %}
        {{ value_of_parts('parts') }} as actual_value,
        intervals.interval_start,
        null::timestamptz as forecast_until,
        parts.collected_at as actual_collected_at
    from intervals
    inner join other_actuals on intervals.series_id = other_actuals.series_id
    inner join lateral (
        select
            candidates.actual_series_id,
            candidates.sums_over_time,
            sums.*
        from
            unnest(other_actuals.actual_series_ids, other_actuals.actual_seconds, other_actuals.sums_over_time)
            with ordinality as candidates (actual_series_id, actual_seconds, sums_over_time, preference)
        cross join
            lateral (
                select {{ sum_parts('latest') }}
                from latest
                where
                    latest.series_id = candidates.actual_series_id
                    and latest.interval_start >= intervals.interval_start
                    and latest.interval_start < intervals.interval_end
            ) as sums
        where {{ covers_interval('sums', 'candidates.actual_seconds', 'intervals') }}
        order by {{ best_parts_first('sums', 'candidates.preference') }}
        limit 1
    ) as parts on true
),

{{ score_forecasts(names) }},

final as (
    select
        series_id,
        actual_series_id,
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
        quality_level,
        forecast_value,
        actual_value,
        error,
        absolute_error,
        relative_error,
        lead_time_hours,
        interval_start,
        collected_at,
        actual_collected_at
    from scored
)

select * from final
