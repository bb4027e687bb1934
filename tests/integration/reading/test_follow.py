"""`wh.follow` yields a range again when a build changed it, and only then."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import warehouse as wh
from warehouse import session
from warehouse.live import mart_changes

from tests.support.warehouses import Warehouse

START, END = "2026-03-01", "2026-03-02"
CHANGE_EVERYTHING = "select ledger.announce_mart_change(null, null, null, null)"
LISTENERS = """
select count(*) from pg_stat_activity
where datname = current_database() and query ~ 'warehouse_marts' and pid <> pg_backend_pid()
"""


def rows(node: str, start: str = "2026-03-01T10:00Z", value: float = 1.0) -> pd.DataFrame:
    names = {"grid": "G", "region": "R", "node": node, "metric": "load"}
    collected = pd.Timestamp("2026-03-05", tz="UTC") + pd.Timedelta(value, "h")
    return pd.DataFrame([{**names, "interval_start": start, "collected_at": collected, "value": value}])


@pytest.fixture(scope="module")
def filled(shared_warehouse: Warehouse) -> Iterator[Warehouse]:
    session.close_sessions()
    for node in ("A", "B"):
        shared_warehouse.deliver(rows(node))
    shared_warehouse.apply_loads()
    yield shared_warehouse
    session.close_sessions()


@pytest.fixture
def publish(filled: Warehouse) -> Callable[..., None]:
    """Load a row and build."""

    def load_and_build(*args: Any, **options: Any) -> None:
        filled.deliver(rows(*args, **options))
        filled.apply_loads()

    return load_and_build


def in_background(action: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=action)
    thread.start()
    return thread


def test_a_frame_comes_at_once_and_then_only_after_a_build_that_changed_the_range(
    filled: Warehouse, publish: Callable[..., None]
) -> None:
    frames = wh.follow(START, END, node="A", timeout=1.5)
    assert next(frames)["value"].tolist() == [1.0]
    publish("B", value=2.0)
    publish("A", "2026-03-09T10:00Z")
    assert next(frames, None) is None  # of another series, and of another day
    frames = wh.follow(START, END, node="A", into="polars", timeout=20)
    assert next(frames)["value"].to_list() == [1.0]
    publish("A", value=3.0)
    started = time.monotonic()
    assert next(frames)["value"].to_list() == [3.0]
    assert time.monotonic() - started < 2
    frames.close()
    assert filled.query(LISTENERS) == [(0,)]


def test_it_waits_for_the_notification_and_does_not_poll(filled: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = wh.follow(START, END, node="B", timeout=10)
    next(frames)
    reads: list[int] = []
    read_changes = mart_changes.read_changes
    monkeypatch.setattr("warehouse.live.live_updates.read_changes", lambda *a: reads.append(1) or read_changes(*a))
    announced: list[float] = []

    def announce() -> None:
        time.sleep(1)
        with filled.connect("warehouse_transformer") as builder:
            builder.execute(CHANGE_EVERYTHING)
            announced.append(time.monotonic())

    thread = in_background(announce)
    assert len(next(frames)) == 1
    assert time.monotonic() - announced[0] < 0.5
    assert len(reads) == 2  # when it began to listen, and when it was woken
    thread.join()
    frames.close()


def test_a_flag_that_a_build_sets_is_a_change(filled: Warehouse) -> None:
    frames = wh.follow(START, END, node="B", flagged=True, timeout=10)
    assert len(next(frames)) == 0
    with filled.connect(None) as connection:
        series_id, value, collected = connection.execute(
            "select series_id, value, collected_at from marts.fct_measures_latest where node_name = 'B'"
        ).fetchone()
        connection.execute(
            "insert into staging.int_flagged_revisions (series_id, quality_flag, value, interval_start, collected_at)"
            " values (%s, 'test', %s, '2026-03-01T10:00Z', %s)",
            [series_id, value, collected],
        )
    filled.apply_loads()  # takes away what no rule says
    assert len(next(frames)) == 0
    frames.close()


@pytest.mark.embedded
def test_it_continues_after_a_restart_of_the_server_with_what_changed_meanwhile(
    filled: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It connects again after the change, so that the change is announced to nobody.
    is_changed = threading.Event()
    waits = SimpleNamespace(monotonic=time.monotonic, sleep=lambda seconds: is_changed.wait(50))
    monkeypatch.setattr(mart_changes, "time", waits)
    frames = wh.follow(START, END, node="A", timeout=60)
    next(frames)
    failures: list[BaseException] = []

    def restart_and_change() -> None:
        try:
            while filled.query(LISTENERS) == [(0,)]:
                time.sleep(0.05)
            embedded = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
            for action in ("stop", "start"):
                subprocess.run([sys.executable, "-m", "loaders", "db", action], env=embedded, check=True)
            with filled.connect("warehouse_transformer") as builder:
                builder.execute(CHANGE_EVERYTHING)
            assert filled.query(LISTENERS) == [(0,)]
        except BaseException as error:
            failures.append(error)
        finally:
            is_changed.set()

    thread = in_background(restart_and_change)
    assert len(next(frames)) == 1
    thread.join()
    assert failures == []
    frames.close()


def test_arguments_are_refused_at_the_call(filled: Warehouse) -> None:
    with pytest.raises(wh.ReadError, match="Unknown node 'X'"):
        wh.follow(START, END, node="X")
    with pytest.raises(wh.ReadError, match="Enter a number from 0"):
        wh.follow(START, END, timeout=-1)
