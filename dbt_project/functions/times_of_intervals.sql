{# PostgreSQL keeps this text, which must also work in a copy of the database: no database name in it. #}
select
    intervals.series_id,
    cutoffs.cutoff_name,
    {{ delivery_date('intervals.interval_start', 'series') }} as delivery_date,
    {{ cutoff_at('intervals.interval_start', 'series', 'cutoffs') }} as cutoff_at,
    intervals.interval_start,
    {{ interval_end('intervals.interval_start', 'series') }} as interval_end
from
    unnest(times_of_intervals.series_ids, times_of_intervals.interval_starts) as intervals (series_id, interval_start)
inner join {{ ref('dim_series').include(database=false) }} as series on intervals.series_id = series.series_id
left join {{ ref('dim_cutoff').include(database=false) }} as cutoffs
    on
        series.grid_id = cutoffs.grid_id
        and (times_of_intervals.cutoff_names is null or cutoffs.cutoff_name = any(times_of_intervals.cutoff_names))
