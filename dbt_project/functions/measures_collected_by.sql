-- As measures_as_of without a system time: planned sooner, which is most of the time of one series.
-- No CTEs, for the reason given in fct_measure_revisions: a page of the answer reads little more than the page.
select
    measures_then.series_id,
    measures_then.load_id,
    flagged.quality_flag,
    measures_then.value,
    measures_then.interval_start,
    measures_then.collected_at
from (
    {{ known_then(
        'measures_collected_by',
        ref('dim_series').include(database=false),
        ['series_id'],
        selected_by('measures_collected_by', [])
    ) }}
) as measures_then
{{ join_flags('measures_then', 'measures_collected_by') }}
