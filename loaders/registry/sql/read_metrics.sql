select
    unit,
    aggregation,
    actual_metric
from raw.metrics
where metric = %(metric)s
