-- The days of another query, `measures`, by group of series and month.
with grouped as (
    select
        measures.*,
        rules.group_number,
        case when {bymonth} then date_trunc('month', measures.local_date)::date end as delivery_month
    from measures
    inner join
        jsonb_to_recordset({rules}::text::jsonb) as rules (series_id integer, group_number integer)
        on measures.series_id = rules.series_id
)

select
    group_number,
    sum(expected)::bigint as expected,
    sum(present)::bigint as present,
    sum(withdrawn)::bigint as withdrawn,
    sum(missing)::bigint as missing,
    delivery_month
from grouped
group by group_number, delivery_month
