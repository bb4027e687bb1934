-- No CTEs, for the reason given in fct_measure_revisions.
select
    series_id,
    restatements,
    intervals,
    withdrawals,
    changes,
    relative_changes,
    total_change,
    total_absolute_change,
    largest_absolute_change,
    total_relative_change,
    largest_relative_change,
    total_lateness_hours,
    longest_lateness_hours,
    local_date
from {{ ref('int_restatement_days') }}
