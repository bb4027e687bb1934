-- The changes of another query, `measures`, by group of series; as in the macros of restatements.
select
    rules.group_number,
    count(*) as restatements,
    count(distinct row(measures.series_id, measures.interval_start)) as intervals,
    count(*) filter (where measures.value is null) as withdrawals,
    avg(measures.change) as mean_change,
    avg(measures.absolute_change) as mean_absolute_change,
    max(measures.absolute_change) as largest_absolute_change,
    avg(measures.relative_change) as mean_relative_change,
    max(measures.relative_change) as largest_relative_change,
    avg(measures.lateness_hours) as mean_lateness_hours,
    max(measures.lateness_hours) as longest_lateness_hours
from measures
inner join
    jsonb_to_recordset({rules}::text::jsonb) as rules (series_id integer, group_number integer)
    on measures.series_id = rules.series_id
where not measures.is_first_reading
group by rules.group_number
