-- The errors of another query, `measures`, by group of series and local month; as in the macro average_errors.
with grouped as (
    select
        measures.*,
        rules.group_number,
        case
            when {bymonth} then date_trunc('month', measures.interval_start at time zone rules.time_zone)::date
        end as delivery_month
    from measures
    inner join
        jsonb_to_recordset({rules}::text::jsonb) as rules (series_id integer, group_number integer, time_zone text)
        on measures.series_id = rules.series_id
    where measures.error is not null
)

select
    group_number,
    count(*) as forecasts,
    avg(error) as bias,
    avg(absolute_error) as mae,
    sqrt(avg(error * error)) as rmse,
    avg(relative_error) as mape,
    case when sum(abs(actual_value)) >= 1e-6 then sum(absolute_error) / sum(abs(actual_value)) end as wape,
    delivery_month
from grouped
group by group_number, delivery_month
