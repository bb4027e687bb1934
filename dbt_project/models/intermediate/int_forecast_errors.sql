{%- set names = [
    'grid_id', 'region_id', 'node_id', 'grid_name', 'region_name', 'node_name', 'metric', 'source', 'unit'
] -%}

-- depends_on: {{ ref('int_series') }}

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

{{ measured_by_another_on_other_nodes(names) if is_distributed() else measured_by_another_series(names) }},

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
