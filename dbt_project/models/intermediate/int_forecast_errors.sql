with intervals as not materialized (
    select * from {{ ref('int_latest_with_interval_end') }}
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

quality_levels as (
    select
        array_agg(quality_level order by relative_error_from) as names,
        array_agg(relative_error_from order by relative_error_from) as bounds
    from {{ ref('quality_levels') }}
),

-- A series that is its own actual: its last value, if that was collected after delivery.
measured_by_itself as (
    select
        intervals.series_id,
        intervals.series_id as actual_series_id,
        intervals.grid_id,
        intervals.region_id,
        intervals.node_id,
        intervals.grid_name,
        intervals.region_name,
        intervals.node_name,
        intervals.metric,
        intervals.source,
        intervals.unit,
        intervals.value as actual_value,
        intervals.interval_start,
        intervals.interval_end as forecast_until,
        intervals.collected_at as actual_collected_at
    from intervals
    inner join actual_series on intervals.series_id = actual_series.series_id
    where actual_series.is_own and intervals.collected_at >= intervals.interval_end
),

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
        intervals.grid_id,
        intervals.region_id,
        intervals.node_id,
        intervals.grid_name,
        intervals.region_name,
        intervals.node_name,
        intervals.metric,
        intervals.source,
        intervals.unit,
        case
            when parts.reporting < parts.intervals then null
            when parts.sums_over_time then parts.total
            else parts.average
        end as actual_value,
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
                select
                    count(*) as intervals,
                    count(latest.value) as reporting,
                    sum(latest.value) as total,
                    avg(latest.value) as average,
                    max(latest.collected_at) as collected_at
                from latest
                where
                    latest.series_id = candidates.actual_series_id
                    and latest.interval_start >= intervals.interval_start
                    and latest.interval_start < intervals.interval_end
            ) as sums
        where
            sums.intervals * candidates.actual_seconds
            = extract(epoch from intervals.interval_end - intervals.interval_start)
        order by (sums.reporting < sums.intervals) asc, candidates.preference asc
        limit 1
    ) as parts on true
),

actuals as (
    select * from measured_by_itself
    union all
    select * from measured_by_another
),

errors as (
    select
        actuals.series_id,
        actuals.actual_series_id,
        actuals.grid_id,
        actuals.region_id,
        actuals.node_id,
        revisions.load_id,
        actuals.grid_name,
        actuals.region_name,
        actuals.node_name,
        actuals.metric,
        actuals.source,
        actuals.unit,
        revisions.value as forecast_value,
        actuals.actual_value,
        revisions.value - actuals.actual_value as error,
        case when abs(actuals.actual_value) >= 1e-6 then abs(actuals.actual_value) end as actual_size,
        extract(epoch from actuals.interval_start - revisions.collected_at)::double precision / 3600 as lead_time_hours,
        actuals.interval_start,
        revisions.collected_at,
        actuals.actual_collected_at
    from actuals
    inner join revisions
        on actuals.series_id = revisions.series_id and actuals.interval_start = revisions.interval_start
    where actuals.forecast_until is null or revisions.collected_at < actuals.forecast_until
),

rated as (
    select
        *,
        abs(error) as absolute_error,
        abs(error) / actual_size as relative_error
    from errors
),

final as (
    select
        rated.series_id,
        rated.actual_series_id,
        rated.grid_id,
        rated.region_id,
        rated.node_id,
        rated.load_id,
        rated.grid_name,
        rated.region_name,
        rated.node_name,
        rated.metric,
        rated.source,
        rated.unit,
        quality_levels.names[width_bucket(rated.relative_error, quality_levels.bounds)] as quality_level,
        rated.forecast_value,
        rated.actual_value,
        rated.error,
        rated.absolute_error,
        rated.relative_error,
        rated.lead_time_hours,
        rated.interval_start,
        rated.collected_at,
        rated.actual_collected_at
    from rated
    cross join quality_levels
)

select * from final
