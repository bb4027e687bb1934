"""What the warehouse has, as small Arrow tables: from the database, or from the service over HTTP."""

import pyarrow as pa

from warehouse.connection import table_over_http
from warehouse.cutoff_rollups import CUTOFFS
from warehouse.entities import SERIES_COLUMNS, Catalog, EntityColumns, read_catalog
from warehouse.forecast_accuracy import QUALITY_LEVELS
from warehouse.requests.arguments import Name
from warehouse.session import open_reader


@table_over_http
def stats() -> pa.Table:
    """Return the one row of marts.warehouse_stats."""
    return _read("select * from marts.warehouse_stats")


@table_over_http
def grids() -> pa.Table:
    """Return all grids."""
    return _read("select * from marts.dim_grid order by grid_id")


@table_over_http
def regions(grid: Name = None) -> pa.Table:
    """Return the regions of these grids."""
    return _select("select * from marts.dim_region order by region_id", grid=grid)


@table_over_http
def nodes(grid: Name = None, region: Name = None) -> pa.Table:
    """Return the nodes of these grids and regions."""
    return _select("select * from marts.dim_node order by node_id", grid=grid, region=region)


@table_over_http
def node_history(grid: Name = None, region: Name = None, node: Name = None) -> pa.Table:
    """Return the names and parents of these nodes over time."""
    sql = "select * from marts.dim_node_history order by node_id, valid_from nulls first"
    return _select(sql, grid=grid, region=region, node=node)


@table_over_http
def series(
    grid: Name = None,
    region: Name = None,
    node: Name = None,
    metric: Name = None,
    source: Name = None,
    resolution: Name = None,
) -> pa.Table:
    """Return the series with these names."""
    names = {"grid": grid, "region": region, "node": node, "metric": metric, "source": source, "resolution": resolution}
    with open_reader() as read:
        return read_catalog(read, SERIES_COLUMNS).select(names).table


@table_over_http
def cutoffs() -> pa.Table:
    """Return the named cut-offs."""
    return _read(CUTOFFS)


@table_over_http
def loads() -> pa.Table:
    """Return all loads."""
    return _read("select * from marts.dim_load order by load_id")


@table_over_http
def quality_levels() -> pa.Table:
    """Return the code list of quality levels, the best first."""
    return _read(QUALITY_LEVELS)


FUNCTIONS = (stats, grids, regions, nodes, node_history, series, cutoffs, loads, quality_levels)


def _read(sql: str) -> pa.Table:
    with open_reader() as read:
        return read(sql)


def _select(sql: str, **names: Name) -> pa.Table:
    with open_reader() as read:
        return Catalog(EntityColumns("entities", "", (), (), sql), read(sql)).select(names).table
