"""Read what the warehouse has: grids, regions, nodes, series, loads and cut-offs, as small pandas frames."""

import pandas as pd
import pyarrow as pa

from warehouse import catalog_tables
from warehouse.answers.plotting import use_for_pandas
from warehouse.requests.arguments import Name, check_choices

STATUSES = ("accepted", "held", "pending", "withdrawn")


def stats() -> pd.DataFrame:
    """Return the size and the age of the warehouse.

    Example:
        >>> wh.stats()

    Returns:
        One row: the columns of marts.warehouse_stats, with the numbers of grids, regions, nodes, series, measures,
        revisions and loads by status, the newest interval and the newest collected_at.

    Raises:
        ReadError: The warehouse is not running or not built.
    """
    return to_frame(catalog_tables.stats())


def grids() -> pd.DataFrame:
    """Return the grids.

    Example:
        >>> wh.grids()

    Returns:
        One row per grid: grid_id, grid_name, time_zone.

    Raises:
        ReadError: The warehouse is not running or not built.
    """
    return to_frame(catalog_tables.grids())


def regions(grid: Name = None) -> pd.DataFrame:
    """Return the regions.

    Example:
        >>> wh.regions(grid="Grid1")

    Returns:
        One row per region: region_id, grid_id, region_name, grid_name, time_zone.

    Args:
        grid: A name, an integer id, or a list of these.

    Raises:
        ReadError: The name is unknown, or the warehouse is not running or not built.
    """
    return to_frame(catalog_tables.regions(grid))


def nodes(grid: Name = None, region: Name = None) -> pd.DataFrame:
    """Return the nodes.

    Example:
        >>> wh.nodes(grid="Grid1", region="Region1")

    Returns:
        One row per node: the columns of marts.dim_node, with the region and the grid of the node.

    Args:
        grid: A name, an integer id, or a list of these.
        region: As grid.

    Raises:
        ReadError: A name is unknown, or the warehouse is not running or not built.
    """
    return to_frame(catalog_tables.nodes(grid, region))


def node_history(grid: Name = None, region: Name = None, node: Name = None) -> pd.DataFrame:
    """Return the names and parents that the nodes had over time.

    Example:
        >>> wh.node_history(node="Node1")

    Returns:
        One row per node and period: the columns of marts.dim_node_history, with valid_from and valid_to; NaT is open.

    Args:
        grid: A name, an integer id, or a list of these, of any period.
        region: As grid.
        node: As grid.

    Raises:
        ReadError: A name is unknown, or the warehouse is not running or not built.
    """
    return to_frame(catalog_tables.node_history(grid, region, node))


def series(
    grid: Name = None,
    region: Name = None,
    node: Name = None,
    metric: Name = None,
    source: Name = None,
    resolution: Name = None,
) -> pd.DataFrame:
    """Return the series: what is measured at which node, by which source and at which resolution.

    Example:
        >>> wh.series(grid="Grid1", metric="power")

    Returns:
        One row per series: the columns of marts.dim_series, with its parents, unit, aggregation, resolution and time
        zone.

    Args:
        grid: A name, an integer id, or a list of these.
        region: As grid.
        node: As grid.
        metric: A name, or a list of names.
        source: A name, or a list of names.
        resolution: A resolution, such as "PT15M", or a list of them.

    Raises:
        ReadError: A name is unknown, or the warehouse is not running or not built.
    """
    return to_frame(catalog_tables.series(grid, region, node, metric, source, resolution))


def cutoffs() -> pd.DataFrame:
    """Return the named cut-offs.

    Example:
        >>> wh.cutoffs()

    Returns:
        One row per cut-off and grid (None: all grids): name, days_before_delivery, local_time, grid.

    Raises:
        ReadError: The warehouse is not running or not built.
    """
    return to_frame(catalog_tables.cutoffs())


def loads(status: Name = None, source: Name = None) -> pd.DataFrame:
    """Return the loads: what was delivered, by whom and when, and whether it counts.

    Example:
        >>> wh.loads(status="accepted")

    Returns:
        One row per load: the columns of marts.dim_load.

    Args:
        status: "accepted", "held", "pending" or "withdrawn", or a list of these.
        source: A source, or a list of them.

    Raises:
        ReadError: A status or source is unknown, or the warehouse is not running or not built.
    """
    frame = to_frame(catalog_tables.loads())
    for name, requested, allowed in (("status", status, STATUSES), ("source", source, frame["source"].unique())):
        items = check_choices(name, requested, allowed)
        if items is not None:
            frame = frame[frame[name].isin(items)]
    return frame.reset_index(drop=True)


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Return a small table as a frame."""
    use_for_pandas()
    frame: pd.DataFrame = table.to_pandas()
    return frame
