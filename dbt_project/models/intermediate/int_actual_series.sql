with series as (
    select * from {{ ref('dim_series') }}
),

metrics as not materialized (
    select * from {{ ref('dim_metric') }}
),

-- Comparable: the same place and unit, and intervals that fit into those of the forecast.
candidates as (
    select
        forecasts.series_id,
        actuals.series_id as actual_series_id,
        extract(epoch from actuals.resolution::interval) as actual_seconds,
        {{ sums_over_time('actuals.unit') }} as sums_over_time,
        row_number() over (
            partition by forecasts.series_id
            order by
                (actuals.source = forecasts.source) desc,
                (actuals.resolution = forecasts.resolution) desc,
                actuals.series_id asc
        ) as preference
    from series as forecasts
    inner join metrics on forecasts.metric = metrics.metric
    inner join series as actuals on forecasts.node_id = actuals.node_id and metrics.actual_metric = actuals.metric
    where
        forecasts.unit = actuals.unit
        and forecasts.resolution::interval >= actuals.resolution::interval
),

another as (
    select
        series_id,
        actual_series_id,
        actual_seconds,
        sums_over_time,
        false as is_own
    from candidates
    where preference = 1
),

own as (
    select
        series.series_id,
        series.series_id as actual_series_id,
        extract(epoch from series.resolution::interval) as actual_seconds,
        {{ sums_over_time('series.unit') }} as sums_over_time,
        true as is_own
    from series
    inner join metrics on series.metric = metrics.metric
    where metrics.actual_metric is null
),

final as (
    select * from another
    union all
    select * from own
)

select * from final
