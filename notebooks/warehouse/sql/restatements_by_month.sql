select
    series_id,
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
from marts.fct_restatements
where
    series_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3) and not is_first_reading
group by series_id, date_trunc('month', delivery_date)
order by series_id, delivery_month limit $4::bigint
