select
    measured.series_id,
    measured.actual_series_id,
    measured.is_own,
    measured.preference,
    extract(epoch from actual.resolution::interval)::double precision as actual_seconds,
    actual.unit ~ '^[kMGT]?Wh$' as sums_over_time
from marts.dim_actual_series as measured
inner join marts.dim_series as actual on measured.actual_series_id = actual.series_id
where measured.series_id = any($1)
