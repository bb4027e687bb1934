with cutoffs as (
    select * from {{ ref('int_cutoffs_per_grid') }}
),

series as (
    select * from {{ ref('dim_series') }}
),

latest as (
    select * from {{ ref('fct_measures_latest') }}
),

revisions as (
    select * from {{ ref('fct_measure_revisions') }}
),

requested as (
    select
        latest.series_id,
        series.grid_id,
        series.region_id,
        series.node_id,
        cutoffs.cutoff_name,
        series.grid_name,
        series.region_name,
        series.node_name,
        series.metric,
        series.source,
        series.unit,
        {{ delivery_date('latest.interval_start', 'series') }} as delivery_date,
        {{ cutoff_at('latest.interval_start', 'series', 'cutoffs') }} as cutoff_at,
        latest.interval_start
    from latest
    inner join series on latest.series_id = series.series_id
    inner join cutoffs on series.grid_id = cutoffs.grid_id
    where {{ in_tables('latest.interval_start') }}
),

-- One probe of the key for each row, however many revisions there are. Citus sends no such probe to the nodes, so
-- distributed revisions are read by how long they held.
final as (
    select
        requested.series_id,
        requested.grid_id,
        requested.region_id,
        requested.node_id,
        newest.load_id,
        requested.cutoff_name,
        requested.grid_name,
        requested.region_name,
        requested.node_name,
        requested.metric,
        requested.source,
        requested.unit,
        newest.value,
        requested.delivery_date,
        requested.cutoff_at,
        requested.interval_start,
        newest.collected_at
    from requested
    {% if is_distributed() -%}
        inner join revisions as newest
            on
                requested.series_id = newest.series_id
                and requested.interval_start = newest.interval_start
                and requested.cutoff_at >= newest.collected_at
                and (newest.known_to is null or requested.cutoff_at < newest.known_to)
    {%- else -%}
        inner join lateral (
            select
                revisions.load_id,
                revisions.value,
                revisions.collected_at
            from revisions
            where
                revisions.series_id = requested.series_id
                and revisions.interval_start = requested.interval_start
                and revisions.collected_at <= requested.cutoff_at
            order by revisions.collected_at desc
            limit 1
        ) as newest on true
    {%- endif %}
)

select * from final
