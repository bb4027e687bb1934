"""`warehouse watch` loads files as they arrive and shows them in the marts within seconds."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from loaders.operations.run_lock import turn_to_run
from loaders.settings import PROJECT_ROOT
from tests.support.commands import HEADER
from tests.support.warehouses import Warehouse

COUNT = "select count(*) from marts.fct_measures_latest where node_name = %s"
START_SECONDS = 180  # dbt starts, and builds everything
OPTIONS = ["--create-missing", "--grid-time-zone", "UTC"]


def rows(node: str, hours: int = 24) -> str:
    lines = [f"G,R,{node},load,2026-03-01T{hour:02}:00:00Z,2026-03-05T00:00:00Z,{hour}" for hour in range(hours)]
    return HEADER + "\n".join(lines) + "\n"


@dataclass
class Watched:
    """A folder with a watcher on it."""

    warehouse: Warehouse
    folder: Path
    process: subprocess.Popen
    log: Path

    def seconds_until(self, node: str, count: int = 24, limit: float = 60) -> float:
        """Wait until the marts show the values of a node; return how long it took."""
        started = time.monotonic()
        with self.warehouse.connect("warehouse_analyst") as analyst:
            while analyst.execute(COUNT, [node]).fetchone() != (count,):
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() - started < limit, self.log.read_text()
                time.sleep(0.02)
        return time.monotonic() - started


@pytest.fixture(scope="module")
def watched(shared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    base = tmp_path_factory.mktemp("watch")
    folder, log = base / "incoming", base / "log"
    folder.mkdir()
    (folder / "before.csv").write_text(rows("Before"))
    command = [sys.executable, "-m", "loaders", "watch", str(folder), *OPTIONS]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=output, stderr=output, env=os.environ.copy())
    made = Watched(shared_warehouse, folder, process, log)
    try:
        made.seconds_until("Before", limit=START_SECONDS)  # what was there before is taken too
        deadline = time.monotonic() + START_SECONDS
        while "Everything is built and tested" not in log.read_text():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield made
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, log.read_text()
        assert log.read_text().endswith("loaded by the next watch.\n")
    finally:
        process.kill()
        process.wait()


def test_a_file_is_in_the_marts_seconds_after_it_was_closed(watched: Watched) -> None:
    (watched.folder / "fast.csv").write_text(rows("Fast"))
    seconds = watched.seconds_until("Fast")
    print(f"from close to marts: {seconds:.1f} s")
    assert seconds < 20  # on an idle machine 2.5 s; the other tests run at the same time


def test_a_file_is_loaded_when_it_is_complete_and_once(watched: Watched) -> None:
    text = rows("Slow")
    half = len(text) // 2
    with (watched.folder / "slow.csv").open("w") as slow:
        slow.write(text[:half])
        slow.flush()
        partial = watched.folder / "renamed.csv.part"
        partial.write_text(rows("Renamed", 3))
        hidden = watched.folder / ".replacing"
        hidden.write_text(rows("Replaced", 5))
        os.replace(hidden, watched.folder / "replaced.csv")
        watched.seconds_until("Replaced", 5)
        assert watched.warehouse.query("select count(*) from raw.nodes where node_name in ('Slow', 'Renamed')") == [
            (0,)
        ]
        slow.write(text[half:])
    partial.rename(watched.folder / "renamed.csv")
    hidden.write_text(rows("Replaced", 6))
    os.replace(hidden, watched.folder / "replaced.csv")
    watched.seconds_until("Slow")
    watched.seconds_until("Renamed", 3)
    watched.seconds_until("Replaced", 6)
    loads = "select uri, count(*) from raw.loads where uri ~ '(slow|renamed|replaced)' group by uri order by uri"
    assert [count for _, count in watched.warehouse.query(loads)] == [1, 2, 1]


def test_it_waits_for_a_run_that_is_in_progress(watched: Watched) -> None:
    with turn_to_run(wait=True):
        (watched.folder / "waits.csv").write_text(rows("Waits"))
        time.sleep(1.5)
        assert watched.warehouse.query("select count(*) from raw.loads where uri ~ 'waits'") == [(0,)]
    watched.seconds_until("Waits")
