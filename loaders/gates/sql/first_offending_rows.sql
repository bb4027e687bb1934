-- The number of offending rows and the first of them; to_jsonb makes every type presentable. query: of suites/sql.
with offending as (
    {query} -- noqa: PRS
),

counted as (
    select count(*) as row_count from offending
)

select
    to_jsonb(offending) as offending_row,
    counted.row_count
from offending
cross join counted
limit {limit}
