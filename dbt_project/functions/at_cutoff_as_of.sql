with selected_series as not materialized (
    select *
    from {{ ref('dim_series').include(database=false) }} as series
    where
        {{ selected_by('at_cutoff_as_of', ['grid_id', 'region_id', 'node_id', 'metric']) }}
        and {{ range_in_tables('at_cutoff_as_of') }}
),

selected_cutoffs as not materialized (
    select
        selected_series.series_id,
        selected_series.time_zone,
        cutoffs.cutoff_name,
        cutoffs.days_before_delivery,
        cutoffs.local_time
    from selected_series
    inner join {{ ref('dim_cutoff').include(database=false) }} as cutoffs on selected_series.grid_id = cutoffs.grid_id
    where at_cutoff_as_of.cutoff_names is null or cutoffs.cutoff_name = any(at_cutoff_as_of.cutoff_names)
),

-- Without a system time: one probe of the key for each cut-off of an interval, however many revisions there are.
requested as (
    select
        selected_cutoffs.series_id,
        selected_cutoffs.cutoff_name,
        {{ cutoff_at('newest.interval_start', 'selected_cutoffs', 'selected_cutoffs') }} as cutoff_at,
        newest.interval_start
    from selected_cutoffs
    inner join {{ ref('fct_measure_revisions').include(database=false) }} as newest
        on selected_cutoffs.series_id = newest.series_id
    where
        at_cutoff_as_of.loaded_datetime is null
        and newest.known_to is null
        and {{ in_range('newest.interval_start', 'at_cutoff_as_of') }}
),

currently_held as (
    select
        requested.series_id,
        requested.cutoff_name,
        newest.load_id,
        newest.value,
        requested.cutoff_at,
        requested.interval_start,
        newest.collected_at
    from requested
    cross join lateral (
        select
            revisions.load_id,
            revisions.value,
            revisions.collected_at
        from {{ ref('fct_measure_revisions').include(database=false) }} as revisions
        where
            revisions.series_id = requested.series_id
            and revisions.interval_start = requested.interval_start
            and revisions.collected_at <= requested.cutoff_at
        order by revisions.collected_at desc
        limit 1
    ) as newest
),

-- With a system time: from everything ever received, by the loads that were accepted then.
{{ revisions_held_then('at_cutoff_as_of') }},

held_then as (
    select distinct on (winners.series_id, winners.interval_start, selected_cutoffs.cutoff_name)
        winners.series_id,
        selected_cutoffs.cutoff_name,
        winners.load_id,
        winners.value,
        {{ cutoff_at('winners.interval_start', 'selected_cutoffs', 'selected_cutoffs') }} as cutoff_at,
        winners.interval_start,
        winners.collected_at
    from winners
    inner join selected_cutoffs on winners.series_id = selected_cutoffs.series_id
    where
        winners.collected_at <= {{ cutoff_at('winners.interval_start', 'selected_cutoffs', 'selected_cutoffs') }}
    order by
        winners.series_id asc, winners.interval_start asc, selected_cutoffs.cutoff_name asc, winners.collected_at desc
),

matches as (
    select * from currently_held
    union all
    select * from held_then
)

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
    {{ delivery_date('matches.interval_start', 'selected_series') }} as delivery_date,
    matches.cutoff_at,
    matches.interval_start,
    matches.collected_at
from matches
inner join selected_series on matches.series_id = selected_series.series_id
where at_cutoff_as_of.collected_datetime is null or matches.cutoff_at <= at_cutoff_as_of.collected_datetime
