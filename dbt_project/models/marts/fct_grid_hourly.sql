with hours as (
    select * from {{ ref('int_series_hours') }}
),

homes as materialized (
    select * from {{ ref('dim_series_history') }}
),

grids as (
    select * from {{ ref('dim_grid') }}
),

-- Where a node was when the hour began, under the name its grid has today.
reported as (
    select
        grids.grid_id,
        grids.grid_name,
        homes.metric,
        homes.source,
        homes.unit,
        count(hours.value) as nodes_reporting,
        case when homes.aggregation = 'sum' then sum(hours.value) else avg(hours.value) end as value,
        hours.interval_start
    from hours
    inner join homes
        on
            hours.series_id = homes.series_id
            and (homes.valid_from is null or hours.interval_start >= homes.valid_from)
            and (homes.valid_to is null or hours.interval_start < homes.valid_to)
    inner join grids on homes.grid_id = grids.grid_id
    group by
        grids.grid_id, grids.grid_name,
        homes.metric, homes.source, homes.unit, homes.aggregation, hours.interval_start
    having count(hours.value) > 0
),

final as (
    select
        reported.grid_id,
        reported.grid_name,
        reported.metric,
        reported.source,
        reported.unit,
        reported.nodes_reporting,
        count(*) as nodes_expected,
        reported.value,
        reported.interval_start
    from reported
    inner join homes
        on
            reported.grid_id = homes.grid_id
            and reported.metric = homes.metric
            and reported.source = homes.source
            and (homes.valid_from is null or reported.interval_start >= homes.valid_from)
            and (homes.valid_to is null or reported.interval_start < homes.valid_to)
    where mod(3600, extract(epoch from homes.resolution::interval)) = 0
    group by
        reported.grid_id, reported.grid_name,
        reported.metric, reported.source, reported.unit,
        reported.nodes_reporting, reported.value, reported.interval_start
)

select * from final
