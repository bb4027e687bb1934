{%- set series_columns = [
    'series_id', 'grid_id', 'region_id', 'node_id', 'grid_name', 'region_name', 'node_name', 'metric', 'source', 'unit'
] -%}
{%- set selected = selected_by('measures_as_of', ['grid_id', 'region_id', 'node_id', 'metric']) -%}
-- No CTEs, for the reason given in fct_measure_revisions.
select
    measures_then.series_id,
    measures_then.grid_id,
    measures_then.region_id,
    measures_then.node_id,
    measures_then.load_id,
    measures_then.grid_name,
    measures_then.region_name,
    measures_then.node_name,
    measures_then.metric,
    measures_then.source,
    measures_then.unit,
    flagged.quality_flag,
    measures_then.value,
    measures_then.interval_start,
    measures_then.collected_at
from (
    {{ known_then(
        'measures_as_of',
        ref('dim_series').include(database=false),
        series_columns,
        'measures_as_of.loaded_datetime is null and ' ~ selected
    ) }}
    union all
    {{ held_then('measures_as_of', series_columns, selected) }}
) as measures_then
{{ join_flags('measures_then', 'measures_as_of') }}
