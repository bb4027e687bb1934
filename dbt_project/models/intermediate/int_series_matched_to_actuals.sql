with series as (
    select * from {{ ref('int_series') }}
),

-- Comparable: the same node and unit, and intervals that fit into those of the forecast. A mean over days or longer
-- intervals, which differ in length, is not the mean over their time, so those are only added up or compared with the
-- same length. Several resolutions of one
-- source are all actuals of the forecast, because a publisher that changes its interval goes on in another series.
candidates as (
    select
        forecasts.series_id,
        actuals.series_id as actual_series_id,
        {{ seconds_of_actual('actuals.resolution') }} as actual_seconds,
        {{ sums_over_time('actuals.unit') }} as sums_over_time,
        actuals.source = first_value(actuals.source) over (
            partition by forecasts.series_id
            order by
                (actuals.source = forecasts.source) desc,
                (actuals.resolution = forecasts.resolution) desc,
                actuals.series_id asc
        ) as is_of_best_source,
        row_number() over (
            partition by forecasts.series_id, actuals.source
            order by
                (actuals.resolution = forecasts.resolution) desc,
                actuals.resolution::interval asc
        ) as preference
    from series as forecasts
    inner join series as actuals
        on forecasts.node_id = actuals.node_id and forecasts.actual_metric = actuals.metric
    where
        forecasts.unit = actuals.unit
        and forecasts.resolution::interval >= actuals.resolution::interval
        and (
            forecasts.resolution = actuals.resolution
            or actuals.resolution like 'PT%'
            or (actuals.resolution = 'P1D' and {{ sums_over_time('actuals.unit') }})
        )
),

measured_by_another as (
    select
        series_id,
        actual_series_id,
        actual_seconds,
        sums_over_time,
        false as is_own,
        preference
    from candidates
    where is_of_best_source
),

measured_by_itself as (
    select
        series_id,
        series_id as actual_series_id,
        {{ seconds_of_actual('resolution') }} as actual_seconds,
        {{ sums_over_time('unit') }} as sums_over_time,
        true as is_own,
        1::bigint as preference
    from series
    where actual_metric is null
),

final as (
    select * from measured_by_another
    union all
    select * from measured_by_itself
)

select * from final
