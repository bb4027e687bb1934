"""Read what the warehouse has: grids, regions, nodes, series, loads and cut-offs, as small pandas frames."""

import pandas as pd
import pyarrow as pa

from warehouse.arguments import Name, check_choices
from warehouse.entities import SERIES_COLUMNS, Catalog, EntityColumns, read_catalog
from warehouse.plotting import use_for_pandas
from warehouse.session import open_reader
from warehouse.vintages import CUTOFFS

STATUSES = ("accepted", "held", "pending", "withdrawn")


def stats() -> pd.DataFrame:
    """Return the size and the age of the warehouse.

    Returns:
        One row: the columns of marts.warehouse_stats, with the numbers of grids, regions, nodes, series, measures,
        revisions and loads by status, the newest interval and the newest collected_at.

    Raises:
        ReadError: The warehouse is not running or not built.

    Example:
        >>> wh.stats()
    """
    return read_frame("select * from marts.warehouse_stats")


def grids() -> pd.DataFrame:
    """Return the grids.

    Returns:
        One row per grid: grid_id, grid_name, time_zone.

    Raises:
        ReadError: The warehouse is not running or not built.

    Example:
        >>> wh.grids()
    """
    return read_frame("select * from marts.dim_grid order by grid_id")


def regions(grid: Name = None) -> pd.DataFrame:
    """Return the regions.

    Args:
        grid: A name, an integer id, or a list of these.

    Returns:
        One row per region: region_id, grid_id, region_name, grid_name, time_zone.

    Raises:
        ReadError: The name is unknown, or the warehouse is not running or not built.

    Example:
        >>> wh.regions(grid="Grid1")
    """
    return _select("select * from marts.dim_region order by region_id", grid=grid)


def nodes(grid: Name = None, region: Name = None) -> pd.DataFrame:
    """Return the nodes.

    Args:
        grid: A name, an integer id, or a list of these.
        region: As grid.

    Returns:
        One row per node: the columns of marts.dim_node, with the region and the grid of the node.

    Raises:
        ReadError: A name is unknown, or the warehouse is not running or not built.

    Example:
        >>> wh.nodes(grid="Grid1", region="Region1")
    """
    return _select("select * from marts.dim_node order by node_id", grid=grid, region=region)


def node_history(grid: Name = None, region: Name = None, node: Name = None) -> pd.DataFrame:
    """Return the names and parents that the nodes had over time.

    Args:
        grid: A name, an integer id, or a list of these, of any period.
        region: As grid.
        node: As grid.

    Returns:
        One row per node and period: the columns of marts.dim_node_history, with valid_from and valid_to; NaT is open.

    Raises:
        ReadError: A name is unknown, or the warehouse is not running or not built.

    Example:
        >>> wh.node_history(node="Node1")
    """
    sql = "select * from marts.dim_node_history order by node_id, valid_from nulls first"
    return _select(sql, grid=grid, region=region, node=node)


def series(
    grid: Name = None,
    region: Name = None,
    node: Name = None,
    metric: Name = None,
    source: Name = None,
    resolution: Name = None,
) -> pd.DataFrame:
    """Return the series: what is measured at which node, by which source and at which resolution.

    Args:
        grid: A name, an integer id, or a list of these.
        region: As grid.
        node: As grid.
        metric: A name, or a list of names.
        source: A name, or a list of names.
        resolution: A resolution, such as "PT15M", or a list of them.

    Returns:
        One row per series: the columns of marts.dim_series, with its parents, unit, aggregation, resolution and time
        zone.

    Raises:
        ReadError: A name is unknown, or the warehouse is not running or not built.

    Example:
        >>> wh.series(grid="Grid1", metric="power")
    """
    names = {"grid": grid, "region": region, "node": node, "metric": metric, "source": source, "resolution": resolution}
    with open_reader() as read:
        return _frame(read_catalog(read, SERIES_COLUMNS).select(names).table)


def cutoffs() -> pd.DataFrame:
    """Return the named cut-offs.

    Returns:
        One row per cut-off and grid (None: all grids): name, days_before_delivery, local_time, grid.

    Raises:
        ReadError: The warehouse is not running or not built.

    Example:
        >>> wh.cutoffs()
    """
    return read_frame(CUTOFFS)


def loads(status: Name = None, source: Name = None) -> pd.DataFrame:
    """Return the loads: what was delivered, by whom and when, and whether it counts.

    Args:
        status: "accepted", "held", "pending" or "withdrawn", or a list of these.
        source: A source, or a list of them.

    Returns:
        One row per load: the columns of marts.dim_load.

    Raises:
        ReadError: A status or source is unknown, or the warehouse is not running or not built.

    Example:
        >>> wh.loads(status="accepted")
    """
    frame = read_frame("select * from marts.dim_load order by load_id")
    for name, requested, allowed in (("status", status, STATUSES), ("source", source, frame["source"].unique())):
        items = check_choices(name, requested, allowed)
        if items is not None:
            frame = frame[frame[name].isin(items)]
    return frame.reset_index(drop=True)


def read_frame(sql: str, *values: object) -> pd.DataFrame:
    """Return the whole result of a query."""
    with open_reader() as read:
        return _frame(read(sql, *values))


def _select(sql: str, **names: Name) -> pd.DataFrame:
    with open_reader() as read:
        return _frame(Catalog(EntityColumns("entities", "", (), (), sql), read(sql)).select(names).table)


def _frame(table: pa.Table) -> pd.DataFrame:
    use_for_pandas()
    frame: pd.DataFrame = table.to_pandas()
    return frame
