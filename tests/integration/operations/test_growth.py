"""Many small loads and builds, with upkeep, take hardly more space than one large load of the same rows.

The number of loads is small; WAREHOUSE_TEST_GROWTH_LOADS=200 is the long form.
"""

import os

import pandas as pd
import pytest

from loaders.operations.maintenance import maintain
from tests.support.warehouses import Warehouse, temporary_database

pytestmark = pytest.mark.sql

LOADS = int(os.environ.get("WAREHOUSE_TEST_GROWTH_LOADS", "4"))
NODES = 40
HOURS = pd.date_range("2026-03-01", periods=48, freq="1h", tz="UTC")
MOST_GROWTH = 1.3
# Of the tables and indexes that hold measures; the ledger has a row for each load.
SIZE = """
select sum(pg_total_relation_size(oid)) from pg_class
where relkind = 'r' and relnamespace in ('raw'::regnamespace, 'staging'::regnamespace)
    and (relname like 'measures%%' or relname like 'int\\_%%')
"""


def rows(number: int) -> pd.DataFrame:
    """One publication of every node and hour."""
    collected = HOURS[-1] + pd.Timedelta(hours=number)
    parts = [pd.DataFrame({"node": f"N{node:02}", "interval_start": HOURS}) for node in range(NODES)]
    names = {"grid": "G", "region": "R", "metric": "load", "collected_at": collected}
    return pd.concat(parts).assign(**names, value=float(number))


def size(warehouse: Warehouse) -> int:
    return int(warehouse.query(SIZE)[0][0])


def grown(template: str, deliveries: list[pd.DataFrame]) -> int:
    """Load and build each delivery in a fresh warehouse, do the upkeep, and return by how much it grew."""
    with temporary_database("test_own", template) as warehouse:
        before = size(warehouse)
        for delivery in deliveries:
            warehouse.deliver(delivery)
            warehouse.apply_loads()
            warehouse.query("select pg_stat_force_next_flush()")
        maintain(keep_days=400)
        return size(warehouse) - before


def test_many_small_loads_and_builds_take_hardly_more_space_than_one_large_one(built_template: str) -> None:
    deliveries = [rows(number) for number in range(LOADS)]
    at_once = grown(built_template, [pd.concat(deliveries)])
    by_parts = grown(built_template, deliveries)
    assert by_parts <= MOST_GROWTH * at_once, f"{by_parts:,} bytes against {at_once:,}"
