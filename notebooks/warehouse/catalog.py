"""What there is: places, series, loads, rules and cut-offs, each as a small pandas DataFrame."""

import pandas as pd

from warehouse.arguments import Name, check_choices, select_rows
from warehouse.measures import CUTOFFS
from warehouse.query import SERIES_COLUMNS
from warehouse.session import open_reader

STATUSES = ("accepted", "held", "pending", "withdrawn")


def stats() -> pd.DataFrame:
    """One row: how many grids, regions, nodes, series, measures, revisions, loads by status, and how new they are."""
    return read_frame("select * from marts.warehouse_stats")


def grids() -> pd.DataFrame:
    """One row per grid: grid_id, grid_name, time_zone."""
    return read_frame("select * from marts.dim_grid order by grid_id")


def regions(grid: Name = None) -> pd.DataFrame:
    """One row per region, with its grid."""
    catalog = read_frame("select * from marts.dim_region order by region_id")
    return select_rows(catalog, grid=grid).reset_index(drop=True)


def nodes(grid: Name = None, region: Name = None) -> pd.DataFrame:
    """One row per node, with its region and grid."""
    found = read_frame("select * from marts.dim_node order by node_id")
    return select_rows(found, grid=grid, region=region).reset_index(drop=True)


def node_history(grid: Name = None, region: Name = None, node: Name = None) -> pd.DataFrame:
    """One row per node and period in which its name and parents were these: valid_from, valid_to; NaT is open."""
    found = read_frame("select * from marts.dim_node_history order by node_id, valid_from nulls first")
    return select_rows(found, grid=grid, region=region, node=node).reset_index(drop=True)


def series(
    grid: Name = None, region: Name = None, node: Name = None, metric: Name = None, source: Name = None
) -> pd.DataFrame:
    """One row per series (node, metric, source), with all its parents, unit, aggregation, resolution and time zone."""
    names = {"grid": grid, "region": region, "node": node, "metric": metric, "source": source}
    return select_rows(read_frame(SERIES_COLUMNS.catalog), **names).reset_index(drop=True)


def cutoffs() -> pd.DataFrame:
    """One row per cut-off and grid (None: all grids): name, days_before_delivery, local_time."""
    return read_frame(CUTOFFS)


def loads(status: Name = None, source: Name = None) -> pd.DataFrame:
    """One row per load: what was delivered, by whom, when, how many rows of it count, and its status."""
    found = read_frame("select * from marts.dim_load order by load_id")
    for name, wanted, known in (("status", status, STATUSES), ("source", source, found["source"].unique())):
        items = check_choices(name, wanted, known)
        if items is not None:
            found = found[found[name].isin(items)]
    return found.reset_index(drop=True)


def read_frame(sql: str, *values: object) -> pd.DataFrame:
    """Return the whole result of a query."""
    with open_reader() as read:
        return read(sql, *values).to_pandas()
