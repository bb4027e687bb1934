with series as (
    select * from {{ ref('dim_series') }}
),

days as not materialized (
    select * from {{ ref('int_restatement_days') }}
),

-- Lateral, so that a filter on names of the hierarchy reaches the index.
final as (
    select
        series.series_id,
        series.grid_id,
        series.region_id,
        series.node_id,
        series.grid_name,
        series.region_name,
        series.node_name,
        series.metric,
        series.source,
        series.unit,
        months.restatements,
        months.intervals,
        months.withdrawals,
        months.mean_change,
        months.mean_absolute_change,
        months.largest_absolute_change,
        months.mean_relative_change,
        months.largest_relative_change,
        months.mean_lateness_hours,
        months.longest_lateness_hours,
        months.delivery_month
    from series
    cross join lateral (
        select
            {{ average_changes('days') }},
            {{ delivery_month('days') }} as delivery_month
        from days
        where days.series_id = series.series_id
        group by {{ delivery_month('days') }}
    ) as months
)

select * from final
