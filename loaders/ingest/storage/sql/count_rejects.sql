select
    reason,
    count(*) as rejected_rows,
    min(row_number) as first_row,
    (array_agg(payload order by row_number))[1] as example
from rejected
group by reason
order by rejected_rows desc, first_row asc
