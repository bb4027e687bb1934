with days as (
    select * from {{ ref('int_restatement_days') }}
),

months as (
    select
        series_id,
        sum(restatements)::bigint as restatements,
        sum(intervals)::bigint as intervals,
        sum(withdrawals)::bigint as withdrawals,
        sum(total_change) / nullif(sum(changes), 0)::double precision as mean_change,
        sum(total_absolute_change) / nullif(sum(changes), 0)::double precision as mean_absolute_change,
        max(largest_absolute_change) as largest_absolute_change,
        sum(total_relative_change) / nullif(sum(relative_changes), 0)::double precision as mean_relative_change,
        max(largest_relative_change) as largest_relative_change,
        sum(total_lateness_hours) / sum(restatements)::double precision as mean_lateness_hours,
        max(longest_lateness_hours) as longest_lateness_hours,
        date_trunc('month', local_date)::date as delivery_month
    from days
    group by series_id, date_trunc('month', local_date)
),

final as (
    select
        months.series_id,
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
    from months
    inner join {{ ref('dim_series') }} as series on months.series_id = series.series_id
)

select * from final
