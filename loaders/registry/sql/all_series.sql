select
    grids.grid_name,
    regions.region_name,
    nodes.node_name,
    series.metric,
    series.source,
    series.resolution,
    series.series_id,
    series.unit,
    extract(epoch from series.resolution::interval)::integer as resolution_seconds
from raw.series
inner join raw.nodes on series.node_id = nodes.node_id
inner join raw.regions on nodes.region_id = regions.region_id
inner join raw.grids on regions.grid_id = grids.grid_id
