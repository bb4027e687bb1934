"""The dashboard and a live view show what a build published, and nothing while the server is away; no browser."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pandas as pd
import pytest
import warehouse as wh
from warehouse.live import mart_changes
from warehouse.live.mart_changes import MartListener
from warehouse.widgets import mart_updates
from warehouse.widgets.dashboard import Dashboard
from warehouse.widgets.live_view import LiveView

from loaders.ingest.shown_resolutions import DeliveryDefaults
from tests.support.warehouses import Warehouse

HOURS = pd.date_range("2026-03-01", periods=24, freq="1h", tz="UTC")
PATIENCE_SECONDS = 120
LISTENERS = """
select pid from pg_stat_activity where datname = current_database() and query = 'listen warehouse_marts'
"""


@pytest.fixture(scope="module")
def filled(shared_warehouse: Warehouse) -> Warehouse:
    deliver(shared_warehouse, 1.0, "2026-03-02T00:00Z")
    shared_warehouse.build("--resource-type", "model")
    return shared_warehouse


def deliver(warehouse: Warehouse, value: float, collected_at: str, node: str = "N") -> None:
    names = {"grid": "G", "region": "R", "node": node, "metric": "load"}
    rows = pd.DataFrame({**names, "interval_start": HOURS, "collected_at": collected_at, "value": value})
    warehouse.deliver(rows, defaults=DeliveryDefaults("test", create_missing=True))


async def until(condition: Callable[[], bool]) -> None:
    """Give the loop to the updates until something is true."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.02)


def run(steps: Callable[[], Awaitable[Any]]) -> None:
    asyncio.run(steps())


def test_the_dashboard_follows_the_builds_and_keeps_its_controls(filled: Warehouse) -> None:
    async def steps() -> None:
        board = Dashboard(node="N", as_of="2026-03-02T06:00Z")
        revisions, at = board.compared.revisions, board.slider.value
        board.first.value = board.last.value
        deliver(filled, 2.0, "2026-03-03T00:00Z")
        deliver(filled, 5.0, "2026-03-03T00:00Z", node="Added")
        await asyncio.to_thread(filled.apply_loads)
        await until(lambda: board.compared is not None and board.compared.revisions > revisions)
        assert board.compared.latest["value"].unique().tolist() == [2.0]
        assert board.compared.then["value"].unique().tolist() == [1.0]
        assert (board.slider.value, board.menus["node"].value) == (at, "N")
        assert board.first.value == board.last.value
        await until(lambda: "Added" in board.menus["node"].options)
        board.updates.close()

    run(steps)


def test_no_number_stays_while_the_server_is_away(filled: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connections are ended, and new ones refused, as by a server that stops."""

    async def steps() -> None:
        filled.query(f"select pg_terminate_backend(pid) from ({LISTENERS}) as listeners")  # of the tests before
        board = Dashboard(node="N")
        view = LiveView(lambda: wh.latest(node="N").shape)
        assert "24" in view.outputs[0]["data"]["text/plain"]
        sentence, at = board.sentence, board.slider.value
        is_away, connect = True, MartListener._connect

        def refuse_while_away(listener: MartListener) -> None:
            if is_away:
                raise wh.ReadError("away")
            connect(listener)

        await until(lambda: len(filled.query(LISTENERS)) == 2)
        monkeypatch.setattr(MartListener, "_connect", refuse_while_away)
        filled.query(f"select pg_terminate_backend(pid) from ({LISTENERS}) as listeners")
        await until(lambda: "cannot be reached" in board.parts["problem"].value)
        shown = {name: part.value for name, part in board.parts.items() if name not in ("problem", "zone")}
        assert set(shown.values()) == {""}
        await until(lambda: "cannot be reached" in str(view.outputs))
        is_away = False
        await until(lambda: board.compared is not None and board.parts["problem"].value == "")
        assert (board.sentence, board.slider.value) == (sentence, at)
        assert board.parts["stats"].value
        await until(lambda: "24" in str(view.outputs[0]["data"]["text/plain"]))
        board.updates.close()
        view.close()

    run(steps)


def test_a_live_view_is_made_again_after_a_build_and_shows_errors_as_sentences(filled: Warehouse) -> None:
    async def steps() -> None:
        view = LiveView(lambda: wh.latest(node="N")["value"].max())
        before = str(view.outputs)
        deliver(filled, 7.0, "2026-03-09T00:00Z")
        await asyncio.to_thread(filled.apply_loads)
        await until(lambda: str(view.outputs) != before)
        assert "7.0" in str(view.outputs)
        view.close()
        unknown = LiveView(lambda: wh.latest(node="Nowhere"))
        assert "Nowhere" in str(unknown.outputs) or "wh-problem" in str(unknown.outputs)
        unknown.close()

    run(steps)


def test_a_live_view_is_not_made_again_while_nothing_changes(
    filled: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a chart would lose its zoom each time that the connection is looked at."""
    monkeypatch.setattr(mart_changes, "CHECK_SECONDS", 0.02)
    monkeypatch.setattr(mart_updates, "LOOK_SECONDS", 0.05)
    waits, wait = [], MartListener.wait

    def counted(listener: MartListener, seconds: float | None) -> bool:
        waits.append(wait(listener, seconds))
        return waits[-1]

    async def steps() -> None:
        makes = []
        view = LiveView(lambda: makes.append(None))
        await until(lambda: waits.count(False) > 5)
        view.close()
        assert waits.count(True) == 1  # the connection
        assert len(makes) == 2

    monkeypatch.setattr(MartListener, "wait", counted)
    run(steps)


def test_what_is_closed_does_not_connect_again(filled: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would connect to whichever database this process uses by then."""

    async def steps() -> None:
        filled.query(f"select pg_terminate_backend(pid) from ({LISTENERS}) as listeners")  # of the tests before
        await until(lambda: filled.query(LISTENERS) == [])
        others, connections = threading.enumerate(), []
        view = LiveView(lambda: wh.latest(node="N").shape)
        [thread] = [thread for thread in threading.enumerate() if thread not in others]
        await until(lambda: filled.query(LISTENERS) != [])
        view.close()
        monkeypatch.setattr(MartListener, "_connect", lambda listener: connections.append(listener))
        filled.query(f"select pg_terminate_backend(pid) from ({LISTENERS}) as listeners")
        await until(lambda: not thread.is_alive())
        assert connections == []

    run(steps)
