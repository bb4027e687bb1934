with restatements as (
    select * from {{ ref('fct_restatements') }}
),

final as (
    select
        series_id,
        grid_id,
        region_id,
        node_id,
        grid_name,
        region_name,
        node_name,
        metric,
        source,
        unit,
        count(*) as restatements,
        count(distinct interval_start) as intervals,
        count(*) filter (where value is null) as withdrawals,
        avg(change) as mean_change,
        avg(absolute_change) as mean_absolute_change,
        max(absolute_change) as largest_absolute_change,
        avg(relative_change) as mean_relative_change,
        max(relative_change) as largest_relative_change,
        avg(lateness_hours) as mean_lateness_hours,
        max(lateness_hours) as longest_lateness_hours,
        date_trunc('month', delivery_date)::date as delivery_month
    from restatements
    where not is_first_reading
    group by
        series_id, grid_id, region_id, node_id, grid_name, region_name, node_name, metric, source, unit,
        date_trunc('month', delivery_date)
)

select * from final
