with selected_series as not materialized (
    select *
    from {{ ref('dim_series').include(database=false) }} as series
    where
        {{ selected_by('measures_as_of', ['grid_id', 'region_id', 'node_id', 'metric']) }}
        and {{ range_in_tables('measures_as_of', only_with_loaded=true) }}
),

{{ measures_then('measures_as_of') }}

select
    measures_then.series_id,
    selected_series.grid_id,
    selected_series.region_id,
    selected_series.node_id,
    measures_then.load_id,
    selected_series.grid_name,
    selected_series.region_name,
    selected_series.node_name,
    selected_series.metric,
    selected_series.source,
    selected_series.unit,
    flagged.quality_flag,
    measures_then.value,
    measures_then.interval_start,
    measures_then.collected_at
from measures_then
inner join selected_series on measures_then.series_id = selected_series.series_id
left join {{ ref('fct_flagged_revisions').include(database=false) }} as flagged
    on
        measures_then.series_id = flagged.series_id
        and measures_then.interval_start = flagged.interval_start
        and measures_then.collected_at = flagged.collected_at
        and measures_then.value is not distinct from flagged.value
