-- No CTEs, for the reason given in fct_measure_revisions.
select
    series_id,
    grid_id,
    region_id,
    node_id,
    grid_name,
    region_name,
    node_name,
    metric,
    source,
    unit,
    aggregation,
    resolution,
    time_zone
from {{ ref('int_series') }}
