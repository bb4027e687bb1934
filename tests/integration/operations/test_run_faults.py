"""Scheduled runs that are killed, or whose server is: the next one completes them, and each row is stored once.

A run is killed at a random time, with a fixed seed, after its first connection to the database. Runs are killed until
enough of the kills met one in progress.
"""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders import embedded_server
from loaders.operations import scheduled_run
from loaders.operations.config import RunConfig, read_config
from tests.support.commands import HEADER
from tests.support.faults import RandomMoments, fresh_database, sessions
from tests.support.forked_commands import ForkedFunction
from tests.support.run_without_dbt import run_without_dbt
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.embedded

RUN_KILLS, MOST_RUNS, SERVER_KILLS = 20, 80, 5
HOURS = 24
PATIENCE_SECONDS = 60
CONFIG = """
sources:
  - {name: first, folder: first, options: {create_missing: true, grid_time_zone: Etc/UTC}}
  - {name: second, folder: second, options: {create_missing: true, grid_time_zone: Etc/UTC}}
check: false
maintain: false
"""


@pytest.fixture
def fresh(own_server: None) -> Iterator[Warehouse]:
    with fresh_database() as made:
        yield made


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunConfig:
    monkeypatch.setattr(scheduled_run, "build", list)
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    (tmp_path / "warehouse.yml").write_text(CONFIG)
    return read_config(tmp_path / "warehouse.yml")


def write_files(folder: Path, number: int) -> None:
    """A file for each source, with nodes of their own."""
    for name in ("first", "second"):
        rows = (
            f"G,R,{name} {number},load,2026-03-01T{hour:02}:00:00Z,2026-03-05T00:00:00Z,{hour}\n"
            for hour in range(HOURS)
        )
        (folder / name / f"{number}.csv").write_text(HEADER + "".join(rows))


def start_run(warehouse: Warehouse, folder: Path) -> ForkedFunction:
    """Start a run; returns when it has connected to the database, or has ended."""
    started = ForkedFunction(run_without_dbt, str(folder / "warehouse.yml"))
    with warehouse.connect(None) as watcher:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not sessions(watcher) and started.is_running:
            assert time.monotonic() < deadline
            time.sleep(0.002)
    return started


def complete(warehouse: Warehouse, config: RunConfig, number: int) -> None:
    """The next run is done; then every file is one accepted load, and each of its rows is there once."""
    summary = scheduled_run.run(config)
    assert summary.result == "done", summary.as_text()
    counts = warehouse.query(
        "select nodes.node_name, count(*), count(distinct load_id) from raw.measures"
        " inner join raw.series using (series_id) inner join raw.nodes using (node_id) group by nodes.node_name"
    )
    assert {(rows, loads) for _, rows, loads in counts} == {(HOURS, 1)}
    assert len(counts) == 2 * (number + 1)
    assert warehouse.query("select status, count(*) from raw.loads group by status") == [("accepted", len(counts))]


def test_a_run_killed_at_20_random_moments_is_completed_by_the_next(
    fresh: Warehouse, config: RunConfig, tmp_path: Path
) -> None:
    moments = RandomMoments(20261126, longest=0.3)
    for number in range(MOST_RUNS):
        write_files(tmp_path, number)
        run = start_run(fresh, tmp_path)
        time.sleep(moments.next_wait())
        moments.note(run.is_running)
        run.kill()
        complete(fresh, config, number)
        if moments.hits >= RUN_KILLS:
            return
    raise AssertionError(f"{moments.hits} of {MOST_RUNS} kills met a run in progress")


def test_a_server_killed_5_times_in_mid_run_loses_nothing(fresh: Warehouse, config: RunConfig, tmp_path: Path) -> None:
    moments = RandomMoments(20261127, longest=0.1)
    for number in range(MOST_RUNS):
        write_files(tmp_path, number)
        run = start_run(fresh, tmp_path)
        time.sleep(moments.next_wait())
        moments.note(run.is_running)
        os.kill(embedded_server.status().pid, signal.SIGKILL)
        run.wait(PATIENCE_SECONDS)
        embedded_server.start()
        complete(fresh, config, number)
        if moments.hits >= SERVER_KILLS:
            return
    raise AssertionError(f"the server was killed in {moments.hits} of {MOST_RUNS} runs")
