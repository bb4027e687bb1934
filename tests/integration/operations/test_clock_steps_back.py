"""The server's clock steps back by an hour: every answer has what was stored, and versions follow each other."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import warehouse as wh

from loaders.embedded_server import os_account, postmaster
from loaders.monitoring.metrics import read_status
from loaders.registry import edits
from tests.support.faults import fresh_database, run_server
from tests.support.revision_oracle import COLLECTED, HOURS, DeliveredLoads, answer, compare, same, take
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.embedded

GRID, RENAMED_GRID = "stepped", "renamed"


class Clock:
    """The clock of a server that runs under libfaketime."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "clock"
        self.set("+0")

    def set(self, offset: str) -> None:
        """Let the clock go wrong by this offset, such as -1h, from now on."""
        written = self.file.with_suffix(".new")
        written.write_text(offset)
        written.chmod(0o644)
        written.rename(self.file)


def find_libfaketime() -> Path | None:
    return next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clock]:
    library = find_libfaketime()
    if library is None:
        pytest.skip("There is no libfaketime. On Debian, install it with: apt-get install libfaketime")
    # The account of the server has to read it.
    folder = Path(tempfile.mkdtemp(prefix="clock-"))
    folder.chmod(0o755)
    clock = Clock(folder)
    preload = {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(clock.file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }

    def run_as(account: Any) -> dict[str, Any]:
        arguments = os_account.run_as(account)
        return {**arguments, "env": {**arguments["env"], **preload}}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postmaster, "run_as", run_as)
        with run_server(tmp_path_factory.mktemp("stepping") / "home"):
            yield clock
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def stepping(clock: Clock) -> Iterator[Warehouse]:
    """A warehouse on that server, which the tests share: each has a grid of its own."""
    with fresh_database() as warehouse:
        yield warehouse


@contextmanager
def stepped_back(clock: Clock) -> Iterator[None]:
    clock.set("-1h")
    try:
        yield
    finally:
        clock.set("+0")


def server_time(warehouse: Warehouse) -> datetime:
    [(time,)] = warehouse.query("select clock_timestamp()")
    return time


def rename_node(warehouse: Warehouse, name: str, new_name: str) -> None:
    with warehouse.connect() as connection:
        edits.rename(connection, "node", name, new_name, grid=RENAMED_GRID, why="test", who="test")


def test_after_the_clock_stepped_back_every_answer_has_everything(clock: Clock, stepping: Warehouse) -> None:
    delivered = DeliveredLoads()
    rows = {("a", hour, COLLECTED[0]): 1.0 for hour in HOURS}
    take(stepping, GRID, delivered, ("deliver", rows, "accepted"))
    stepping.build()
    before = server_time(stepping)
    with stepped_back(clock):
        assert server_time(stepping) < before - timedelta(minutes=50)
        corrected = {("a", hour, COLLECTED[0]): 2.0 for hour in HOURS[:2]}
        take(stepping, GRID, delivered, ("deliver", corrected, "accepted"))
        later = {("a", hour, COLLECTED[3]): 3.0 for hour in HOURS}
        take(stepping, GRID, delivered, ("deliver", later, "accepted"))
        take(stepping, GRID, delivered, ("withdraw", 2))
        stepping.build()
        compare(stepping, GRID, delivered)
        # What the warehouse holds now, on its own clock, is what the marts have now.
        read_at = wh.answer_info(wh.latest(grid=GRID)).read_at
        same(delivered.as_of(COLLECTED[-1]), answer(stepping, GRID, COLLECTED[-1], read_at))
        changes = stepping.query("select at from raw.load_events order by event_id")
        assert changes == sorted(changes)
        assert read_status()["lag_seconds"] >= 0


def test_versions_of_a_node_follow_each_other_where_the_clock_stepped_back(clock: Clock, stepping: Warehouse) -> None:
    first = {("a", HOURS[0], COLLECTED[0]): 1.0}
    take(stepping, RENAMED_GRID, DeliveredLoads(), ("deliver", first, "accepted"))
    stepping.build()
    rename_node(stepping, "a", "b")
    stepping.build()
    with stepped_back(clock):
        rename_node(stepping, "b", "c")
        stepping.build()
    versions = stepping.query(
        "select node_name, valid_from, valid_to from marts.dim_node_history where grid_name = %s"
        " order by valid_from nulls first",
        RENAMED_GRID,
    )
    assert [name for name, _, _ in versions] == ["a", "b", "c"]
    assert versions[0][2] == versions[1][1] < versions[1][2] == versions[2][1]
    assert versions[2][2] is None
