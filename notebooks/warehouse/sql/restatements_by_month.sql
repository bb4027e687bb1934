-- Whole local days come from the sums by day, the parts of days at the edges of the range from the changes themselves.
with days as (
    select * from marts.local_days_within($2, $3, $1)
),

edges as (
    select
        series_id,
        $2::timestamptz as edge_start,
        least($3, first_day_start_at) as edge_end
    from days
    where $2 < least($3, first_day_start_at)
    union all
    select
        series_id,
        end_day_start_at as edge_start,
        $3::timestamptz as edge_end
    from days
    where end_day_start_at < $3 and (first_date is null or first_date <= end_date)
),

edge_changes as (
    select changed.*
    from edges
    cross join lateral (
        select restatements.*
        from marts.fct_restatements as restatements
        where
            restatements.series_id = edges.series_id
            and restatements.interval_start >= edges.edge_start
            and restatements.interval_start < edges.edge_end
            and not restatements.is_first_reading
        offset 0
    ) as changed
),

sums as (
    select by_day.*
    from days
    inner join marts.agg_restatements_by_day as by_day on days.series_id = by_day.series_id
    where
        by_day.local_date >= coalesce(days.first_date, '-infinity')
        and by_day.local_date < coalesce(days.end_date, 'infinity')
    union all
    select
        series_id,
        count(*) as restatements,
        count(distinct interval_start) as intervals,
        count(*) filter (where value is null) as withdrawals,
        count(change) as changes,
        count(relative_change) as relative_changes,
        sum(change) as total_change,
        sum(absolute_change) as total_absolute_change,
        max(absolute_change) as largest_absolute_change,
        sum(relative_change) as total_relative_change,
        max(relative_change) as largest_relative_change,
        sum(lateness_hours) as total_lateness_hours,
        max(lateness_hours) as longest_lateness_hours,
        delivery_date as local_date
    from edge_changes
    group by series_id, delivery_date
)

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
from sums
group by series_id, date_trunc('month', local_date)
order by series_id, delivery_month
limit $4::bigint
