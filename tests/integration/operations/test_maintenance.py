"""Upkeep keeps every measure, and nobody waits for it."""

import time
from datetime import UTC, datetime

import pandas as pd
import pytest

from loaders.errors import ServerError
from loaders.operations.maintenance import _next_months, maintain
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.sql

FRAME = pd.DataFrame(
    {
        "grid": "G",
        "region": "R",
        "node": "N",
        "metric": "load",
        "interval_start": pd.date_range("2026-03-01", periods=700, freq="1h", tz="UTC"),
        "collected_at": pd.Timestamp("2026-04-20", tz="UTC"),
        "value": 1.0,
    }
)
OLD_CHECK = """
insert into raw.check_results
    (checked_at, gate, expectation, scope, observed, counted, passed, detail, examples)
select now() - make_interval(days => age), 'raw', 'No load is held', 'loads', 0, 'loads', true, '', '[]'
from unnest(array[10, 500]) as age
"""


def test_upkeep_prepares_months_vacuums_and_prunes_only_old_results(empty_warehouse: Warehouse) -> None:
    empty_warehouse.deliver(FRAME)
    empty_warehouse.query(OLD_CHECK)
    empty_warehouse.query("select pg_stat_force_next_flush()")
    before = empty_warehouse.query("select count(*), sum(value) from raw.measures")
    with empty_warehouse.connect(autocommit=False) as loader:
        # A loader in the middle of its transaction: nothing waits for it, and it waits for nothing.
        loader.execute("insert into raw.metrics (metric, unit, aggregation) values ('m', 'kW', 'sum')")
        started = time.monotonic()
        done = maintain(keep_days=400)
        assert time.monotonic() - started < 30
        loader.rollback()
    months = [f"measures_{month:%Y_%m}" for month in _next_months(datetime.now(UTC).date())]
    present = {name for (name,) in empty_warehouse.query("select relname from pg_class where relispartition")}
    assert set(months) <= present
    assert done.rows_pruned == 1
    assert empty_warehouse.query("select count(*) from raw.check_results") == [(1,)]
    assert empty_warehouse.query("select count(*), sum(value) from raw.measures") == before
    assert {"measures", "check_results"} <= {table["table_name"] for table in done.tables}
    again = maintain(keep_days=400)
    assert (again.partitions_created, again.rows_pruned) == ([], 0)


def test_history_is_kept_for_a_month_at_least(empty_warehouse: Warehouse) -> None:
    with pytest.raises(ServerError, match="30 days"):
        maintain(keep_days=7)
