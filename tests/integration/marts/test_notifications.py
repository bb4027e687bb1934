"""Each build tells those who listen what it changed, in the transaction that publishes it."""

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import psycopg
import pytest

from tests.support.warehouses import Warehouse

COUNT = "select count(*) from marts.fct_measures_latest"


@pytest.fixture
def listener(shared_warehouse: Warehouse) -> Iterator[psycopg.Connection[Any]]:
    with shared_warehouse.connect("warehouse_analyst") as connection:
        connection.execute("listen warehouse_marts")
        yield connection


def rows(node: str, *starts: str, value: float = 1.0, collected: str = "2026-03-01") -> pd.DataFrame:
    names = {"grid": "G", "region": "R", "node": node, "metric": "load"}
    return pd.DataFrame(
        [{**names, "interval_start": start, "collected_at": collected, "value": value} for start in starts]
    )


def received(listener: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    return [json.loads(notification.payload) for notification in listener.notifies(timeout=0.3)]


def series_of(warehouse: Warehouse, node: str) -> int:
    query = "select series_id from raw.series inner join raw.nodes using (node_id) where node_name = %s"
    return warehouse.query(query, node)[0][0]


@pytest.mark.sql
def test_a_build_that_changes_values_states_the_series_the_range_and_its_number(
    shared_warehouse: Warehouse, listener: psycopg.Connection[Any]
) -> None:
    before = shared_warehouse.query(COUNT)[0][0]
    shared_warehouse.deliver(rows("A", "2026-03-02T00:00Z", "2026-03-04T23:00Z"))
    shared_warehouse.apply_loads()
    notification = next(listener.notifies(timeout=5, stop_after=1))
    # Anyone who reads now sees what was announced.
    assert listener.execute(COUNT).fetchone() == (before + 2,)
    payload = json.loads(notification.payload)
    number = payload.pop("change_number")
    assert payload == {
        "build_number": shared_warehouse.query("select max(build_number) from raw.builds")[0][0],
        "series": [series_of(shared_warehouse, "A")],
        "first_interval_start": "2026-03-02T00:00:00+00:00",
        "last_interval_start": "2026-03-04T23:00:00+00:00",
    }
    shared_warehouse.deliver(rows("B", "2026-03-02T00:00Z"))
    shared_warehouse.apply_loads(as_large_change=True)
    (payload,) = received(listener)
    assert payload["change_number"] > number
    assert payload["series"] == [series_of(shared_warehouse, "B")]


def test_a_build_that_changes_nothing_sends_nothing(
    shared_warehouse: Warehouse, listener: psycopg.Connection[Any]
) -> None:
    shared_warehouse.apply_loads()
    received(listener)
    shared_warehouse.apply_loads()
    load = shared_warehouse.deliver(rows("A", "2026-03-02T00:00Z"), status=None)
    shared_warehouse.set_status(load.load_id, "held")
    shared_warehouse.apply_loads()
    assert received(listener) == []


@pytest.mark.sql
def test_a_notification_holds_thousands_of_series_and_says_many_when_it_cannot(
    shared_warehouse: Warehouse, listener: psycopg.Connection[Any]
) -> None:
    announce = "select ledger.announce_mart_change(7, %s, '2026-01-01Z', '2026-01-02Z')"
    with shared_warehouse.connect("warehouse_transformer") as builder:
        for count in (800, 5000, 20_000):
            builder.execute(announce, [list(range(1_000_000, 1_000_000 + count))])
    notifications = list(listener.notifies(timeout=0.3))
    assert all(len(notification.payload.encode()) < 8000 for notification in notifications)
    series = [json.loads(notification.payload)["series"] for notification in notifications]
    assert [len(ids) if isinstance(ids, list) else ids for ids in series] == [800, "many", "many"]


@pytest.mark.sql
def test_changes_are_read_by_number_and_a_number_that_is_not_kept_means_that_anything_changed(
    shared_warehouse: Warehouse, listener: psycopg.Connection[Any]
) -> None:
    shared_warehouse.deliver(rows("C", "2026-05-01T00:00Z"))
    shared_warehouse.apply_loads()
    newest = listener.execute("select ledger.newest_mart_change()").fetchone()
    assert newest is not None
    since = "select change_number, series_ids from ledger.mart_changes_since(%s)"
    assert listener.execute(since, [newest[0]]).fetchall() == []
    assert listener.execute(since, [newest[0] - 1]).fetchall() == [(newest[0], [series_of(shared_warehouse, "C")])]
    shared_warehouse.query("update raw.mart_changes set changed_at = changed_at - interval '100 days'")
    shared_warehouse.query("select ledger.prune_history(90)")
    assert listener.execute(since, [newest[0]]).fetchall() == []
    assert listener.execute(since, [newest[0] - 5]).fetchall()[-1] == (newest[0], None)
    assert listener.execute(since, [newest[0] + 5]).fetchall() == [(newest[0], None)]


@pytest.mark.sql
def test_an_analyst_cannot_announce_changes(listener: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        listener.execute("select ledger.announce_mart_change(1, null, null, null)")
