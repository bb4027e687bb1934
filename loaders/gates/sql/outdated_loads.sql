-- The loads that were judged by older rules, newest first, with the number of their rows.
with outdated_results as (
    {outdated_results} -- noqa: PRS
)

select
    outdated_results.load_id,
    loads.rows_inserted + loads.rows_duplicate as row_count
from outdated_results
inner join raw.loads on outdated_results.load_id = loads.load_id
order by outdated_results.load_id desc
