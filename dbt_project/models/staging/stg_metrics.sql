select
    metric,
    unit,
    aggregation,
    actual_metric,
    created_at
from {{ source('raw', 'metrics') }}
