-- The series of a node belong to the node's parents. Before its first snapshot a node is taken to be what that snapshot
-- says. A node that was registered since the last snapshot is what the registry says.
with series as (
    select * from {{ ref('int_series') }}
),

versions as not materialized (
    select * from {{ ref('snap_nodes') }}
),

tracked as (
    select
        node_id,
        region_id,
        grid_id,
        case when row_number() over (partition by node_id order by dbt_valid_from) > 1 then dbt_valid_from end
            as valid_from,
        dbt_valid_to as valid_to
    from versions
),

-- Series of the same node, metric, source and unit with shorter intervals: where one has the whole hour, it is the one
-- that counts.
finer as (
    select
        series.series_id,
        array_agg(others.series_id order by others.series_id) as finer_series_ids
    from series
    inner join series as others
        on
            series.node_id = others.node_id
            and series.metric = others.metric
            and series.source = others.source
            and series.unit = others.unit
            and series.resolution::interval > others.resolution::interval
    where {{ divides_hour('others.resolution') }}
    group by series.series_id
),

final as (
    select
        series.series_id,
        series.node_id,
        coalesce(tracked.grid_id, series.grid_id) as grid_id,
        coalesce(tracked.region_id, series.region_id) as region_id,
        series.metric,
        series.source,
        series.unit,
        series.aggregation,
        series.resolution,
        finer.finer_series_ids,
        series.time_zone,
        tracked.valid_from,
        tracked.valid_to
    from series
    left join tracked on series.node_id = tracked.node_id
    left join finer on series.series_id = finer.series_id
    where {{ divides_hour('series.resolution') }}
)

select * from final
