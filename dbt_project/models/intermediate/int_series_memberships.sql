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

final as (
    select
        series.series_id,
        coalesce(tracked.grid_id, series.grid_id) as grid_id,
        coalesce(tracked.region_id, series.region_id) as region_id,
        series.metric,
        series.source,
        series.unit,
        series.aggregation,
        series.resolution,
        series.time_zone,
        tracked.valid_from,
        tracked.valid_to
    from series
    left join tracked on series.node_id = tracked.node_id
    where {{ divides_hour('series.resolution') }}
)

select * from final
