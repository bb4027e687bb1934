-- One row per series and period in one region, by the names of today; the same rows that the roll-ups add up.
select
    dim_series.series_id,
    history.grid_id,
    history.region_id,
    dim_series.node_id,
    dim_grid.grid_name,
    dim_region.region_name,
    dim_series.node_name,
    dim_series.metric,
    dim_series.source,
    dim_series.resolution,
    dim_series.unit,
    dim_series.time_zone,
    history.valid_from,
    history.valid_to
from marts.dim_series
inner join marts.dim_node_history as history on dim_series.node_id = history.node_id
inner join marts.dim_grid on history.grid_id = dim_grid.grid_id
inner join marts.dim_region on history.region_id = dim_region.region_id
order by dim_series.series_id, history.valid_from nulls first
