-- When the values of series begin and end.
select
    min(first_interval_start) as first_interval_start,
    max(last_interval_start) as last_interval_start
from marts.dim_series_span
where series_id = any($1::integer[])
