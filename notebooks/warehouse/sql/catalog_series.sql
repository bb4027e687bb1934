select *
from marts.dim_series
order by series_id
