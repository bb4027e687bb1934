select
    counted.counted_as as series_id,
    sum(days.expected)::bigint as expected,
    sum(days.present)::bigint as present,
    sum(days.withdrawn)::bigint as withdrawn,
    sum(days.missing)::bigint as missing,
    case $5 when 'month' then date_trunc('month', days.local_date)::date end as delivery_month
from marts.completeness_by_day($2::date, $3::date, $1) as days
inner join unnest($1::integer[], $6::integer[]) as counted (series_id, counted_as) on days.series_id = counted.series_id
group by counted.counted_as, delivery_month
order by counted.counted_as, delivery_month
limit $4::bigint
