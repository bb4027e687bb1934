with selected_series as not materialized (
    select *
    from {{ ref('dim_series').include(database=false) }} as series
    where
        {{ selected_by('at_cutoff_as_of', ['grid_id', 'region_id', 'node_id', 'metric']) }}
        and {{ range_in_tables('at_cutoff_as_of') }}
),

cutoffs_of_series as not materialized (
    select
        selected_series.series_id,
        selected_series.time_zone,
        cutoffs.cutoff_name,
        cutoffs.days_before_delivery,
        cutoffs.local_time,
        null::timestamptz as valid_from,
        null::timestamptz as valid_to
    from selected_series
    inner join {{ ref('dim_cutoff').include(database=false) }} as cutoffs on selected_series.grid_id = cutoffs.grid_id
    where at_cutoff_as_of.cutoff_names is null or cutoffs.cutoff_name = any(at_cutoff_as_of.cutoff_names)
),

{{ measures_at_cutoffs('at_cutoff_as_of') }}

select
    matches.series_id,
    selected_series.grid_id,
    selected_series.region_id,
    selected_series.node_id,
    matches.load_id,
    matches.cutoff_name,
    selected_series.grid_name,
    selected_series.region_name,
    selected_series.node_name,
    selected_series.metric,
    selected_series.source,
    selected_series.unit,
    matches.value,
    matches.delivery_date,
    matches.cutoff_at,
    matches.interval_start,
    matches.collected_at
from measures_at_cutoffs as matches
inner join selected_series on matches.series_id = selected_series.series_id
