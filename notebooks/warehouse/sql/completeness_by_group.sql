select
    counted.counted_as as series_id,
    sum(days.expected)::bigint as expected,
    sum(days.present)::bigint as present,
    sum(days.withdrawn)::bigint as withdrawn,
    sum(days.missing)::bigint as missing,
    case $5 when 'month' then date_trunc('month', days.local_date)::date end as delivery_month
from marts.fct_completeness as days
inner join unnest($1::integer[], $6::integer[]) as counted (series_id, counted_as) on days.series_id = counted.series_id
where
    days.series_id = any($1) and ($2::date is null or days.local_date >= $2)
    and ($3::date is null or days.local_date < $3)
group by counted.counted_as, delivery_month
order by counted.counted_as, delivery_month
limit $4::bigint
