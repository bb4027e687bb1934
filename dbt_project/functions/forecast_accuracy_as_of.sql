with selected_series as materialized (
    select *
    from {{ ref('dim_series').include(database=false) }} as series
    where
        {{ selected_by('forecast_accuracy_as_of', ['grid_id', 'region_id', 'node_id', 'metric']) }}
        and {{ range_in_tables('forecast_accuracy_as_of') }}
),

actual_series as materialized (
    select
        matched.series_id,
        matched.actual_series_id,
        matched.is_own,
        matched.preference,
        extract(epoch from selected_series.resolution::interval)::double precision as seconds,
        {{ seconds_of_actual('actual.resolution') }} as actual_seconds,
        {{ sums_over_time('actual.unit') }} as sums_over_time
    from selected_series
    inner join {{ ref('dim_actual_series').include(database=false) }} as matched
        on selected_series.series_id = matched.series_id
    inner join {{ ref('dim_series').include(database=false) }} as actual on matched.actual_series_id = actual.series_id
),

revisions as materialized (
    select
        held.series_id,
        held.load_id,
        held.value,
        held.interval_start,
        held.interval_end,
        held.collected_at,
        held.known_to
    from {{ revisions_then('forecast_accuracy_as_of') }} as held
),

intervals as materialized (
    select
        series_id,
        value,
        interval_start,
        interval_end,
        collected_at
    from revisions
    where {{ is_usually('known_to is null') }}
),

{{ measured_by_itself() }},

other_actuals as materialized (
    select * from actual_series
    where not is_own
),

forecasts as (
    select distinct
        series_id,
        seconds
    from other_actuals
),

-- An interval that begins before the end of the range may end after it.
actual_measures as materialized (
    select
        other_actuals.series_id,
        other_actuals.actual_series_id,
        other_actuals.actual_seconds,
        other_actuals.sums_over_time,
        other_actuals.preference,
        measures.value,
        measures.interval_start,
        measures.collected_at,
        {{ step_of('measures.interval_start', 'other_actuals.seconds') }} as step
    from
        {{ function('measures_as_of').include(database=false) }}(
            collected_datetime => forecast_accuracy_as_of.collected_datetime,
            start_datetime => forecast_accuracy_as_of.start_datetime,
            end_datetime => coalesce((select max(intervals.interval_end) from intervals), '-infinity'),
            loaded_datetime => forecast_accuracy_as_of.loaded_datetime,
            series_ids => array(select matched.actual_series_id from other_actuals as matched)
        ) as measures
    inner join other_actuals on measures.series_id = other_actuals.actual_series_id
),

{{ best_parts_by_step() }},

measured_by_another as (
    select
        series_id,
        actual_series_id,
        {{ value_of_parts('best_parts') }} as actual_value,
        interval_start,
        null::timestamptz as forecast_until,
        collected_at as actual_collected_at
    from best_parts
),

{{ score_forecasts() }}

select
    scored.series_id,
    scored.actual_series_id,
    selected_series.grid_id,
    selected_series.region_id,
    selected_series.node_id,
    scored.load_id,
    selected_series.grid_name,
    selected_series.region_name,
    selected_series.node_name,
    selected_series.metric,
    selected_series.source,
    selected_series.unit,
    scored.quality_level,
    scored.forecast_value,
    scored.actual_value,
    scored.error,
    scored.absolute_error,
    scored.relative_error,
    scored.lead_time_hours,
    scored.interval_start,
    scored.collected_at,
    scored.actual_collected_at
from scored
inner join selected_series on scored.series_id = selected_series.series_id
