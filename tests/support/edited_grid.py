"""A small grid to rename, move and correct, and what the warehouse holds of it."""

from datetime import UTC, datetime, timedelta

import pandas as pd

from loaders.registry.locations import read_locations
from tests.support.warehouses import Warehouse

HOUR = timedelta(hours=1)
DAY = datetime(2024, 5, 1, tzinfo=UTC)
NOON = DAY + 12 * HOUR
NODES = [("R1", "N1"), ("R1", "N2"), ("R2", "N3")]


def deliver(warehouse: Warehouse, grid: str, nodes: list[tuple[str, str]], hours: list[datetime], at: datetime) -> int:
    rows = [
        {"grid": grid, "region": region, "node": node, "metric": "load", "interval_start": hour, "collected_at": at,
         "value": float(10 ** place)}
        for place, (region, node) in enumerate(nodes)
        for hour in hours
    ]  # fmt: skip
    return warehouse.deliver(pd.DataFrame(rows)).load_id


def node_id(warehouse: Warehouse, grid: str, region: str, node: str) -> int | None:
    with warehouse.connect() as connection:
        return read_locations(connection, "node").get((grid, region, node))


def events(warehouse: Warehouse, grid: str) -> list[tuple]:
    return warehouse.query(
        "select kind, change, old_names, new_names, who, why from raw.registry_events where new_names[1] = %s"
        " order by event_id",
        grid,
    )
