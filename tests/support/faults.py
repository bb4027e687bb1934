"""A server that may be killed, loaders that faults happen to, and whether the warehouse is sound afterwards."""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import psycopg
import pytest

from loaders import embedded_server
from loaders.formats import ReadOptions
from loaders.ingest.pipeline import IngestOptions, ingest_files
from tests.support.forked_commands import ForkedCommand
from tests.support.warehouses import Warehouse, changed_environment, temporary_database

NODES, REVISIONS, HOURS = 10, 3, 200
ROWS = NODES * REVISIONS * HOURS
FIRST = datetime(1985, 1, 1, tzinfo=UTC)
OPTIONS = IngestOptions(format="long", read=ReadOptions(blanks="withdrawn"), create_missing=True)
# Each stored row belongs to a load that counts it; a row's number is one of the block that its load took.
UNRECONCILED = """
with counted as (
    select load_id, count(*) as stored, count(distinct row_id) as numbers, min(row_id) as first, max(row_id) as last
    from raw.measures
    where load_id > %(after)s
    group by load_id
),
refused as (select load_id, count(*) as refused from raw.rejected_rows group by load_id)
select load_id, loads.uri, rows_inserted, stored
from raw.loads
full join counted using (load_id)
left join refused using (load_id)
where
    load_id > %(after)s
    and (loads.uri is null
    or rows_inserted <> coalesce(stored, 0)
    or rows_inserted <> coalesce(numbers, 0)
    or first_row_id is distinct from first
    or last_row_id is distinct from last
    or rows_rejected <> coalesce(refused, 0)
    or rows_read <> rows_inserted + rows_duplicate + rows_blank + rows_rejected
    or status is distinct from (
        select load_events.status from raw.load_events where load_events.load_id = loads.load_id
        order by event_id desc limit 1
    ))
"""
# What was delivered, whichever ids it was given: a count and a sum that does not depend on the order.
CONTENT = """
select count(*), sum(hashtextextended(concat_ws('|', grid_name, region_name, node_name, metric, source,
    extract(epoch from interval_start), extract(epoch from collected_at), coalesce(value::text, 'null')), 0)::numeric)
from raw.measures
inner join raw.series using (series_id)
inner join raw.nodes using (node_id)
inner join raw.regions using (region_id)
inner join raw.grids using (grid_id)
"""


@dataclass
class Disturbed:
    """A warehouse to which faults happen, and the files that it was given."""

    warehouse: Warehouse
    files: list[Path] = field(default_factory=list)
    checked: int = 0

    def assert_sound(self, after: int | None = None) -> None:
        """The ledger reconciles; looks at loads after the last complete one only, unless reported otherwise."""
        with self.warehouse.connect(None) as connection:
            wrong = connection.execute(UNRECONCILED, {"after": self.checked if after is None else after}).fetchall()
        assert wrong == []
        assert {status for (status,) in self.warehouse.query("select status from raw.loads")} <= {"accepted", "pending"}

    def complete(self, paths: list[Path]) -> None:
        """Run again, then see that everything is there and counts."""
        outcomes = ingest_files(paths, OPTIONS)
        assert [outcome.error for outcome in outcomes] == [None] * len(paths)
        assert {outcome.result.status for outcome in outcomes} == {"accepted"}
        self.assert_sound()
        self.files += paths
        self.checked = self.warehouse.query("select max(load_id) from raw.loads")[0][0]

    def assert_as_undisturbed(self) -> None:
        """The same as where the same files were loaded, in the same order, by one process that nothing happened to."""
        loads = (
            "select count(*), count(distinct content_hash), sum(rows_inserted), min(status), max(status) from raw.loads"
        )
        self.assert_sound(after=0)
        found = self.warehouse.query(CONTENT), self.warehouse.query(loads)
        with fresh_database() as undisturbed:
            outcomes = ingest_files(self.files, OPTIONS)
            assert not any(outcome.failed for outcome in outcomes)
            assert (undisturbed.query(CONTENT), undisturbed.query(loads)) == found


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A server that may be killed. Without fsync: its processes die, not the machine."""
    with run_server(tmp_path_factory.mktemp("faults") / "home"):
        yield


@contextmanager
def run_server(
    home: Path, options: str = "-c fsync=off -c shared_buffers=64MB -c max_connections=100"
) -> Iterator[None]:
    names = ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "WAREHOUSE_DSN", "WAREHOUSE_PORT"]
    with changed_environment(**dict.fromkeys(names), WAREHOUSE_HOME=str(home), WAREHOUSE_PG_OPTIONS=options):
        embedded_server.start()
        try:
            yield
        finally:
            embedded_server.discard()


@contextmanager
def fresh_database() -> Iterator[Warehouse]:
    with temporary_database(f"faults_{uuid.uuid4().hex[:12]}") as made:
        yield made


@pytest.fixture
def disturbed(own_server: None) -> Iterator[Disturbed]:
    with fresh_database() as made:
        yield Disturbed(made)


def write(folder: Path, number: int, first_node: int = 0, rows: int = ROWS) -> Path:
    """A file of a grid and a month of its own, so that each load has partitions and names to make as well."""
    month = FIRST + timedelta(days=31 * number)
    path = folder / f"{number}-{first_node}.csv"
    with path.open("w") as stream:
        stream.write("grid,region,node,metric,interval_start,collected_at,value\n")
        for row in range(rows):
            hour, node, turn = row % HOURS, row // HOURS % NODES + first_node, row // HOURS // NODES
            start, known = month + timedelta(hours=hour), month - timedelta(hours=48 - 6 * turn)
            stream.write(
                f"g{number},r,n{node},load,{start.isoformat()},{known.isoformat()},{node + hour % 24 + turn / 8}\n"
            )
    return path


def start_loader(*paths: Path, jobs: int = 1) -> ForkedCommand:
    as_options = ["--format", "long", "--blanks", "withdrawn", "--create-missing"]
    return ForkedCommand(["ingest", *map(str, paths), *as_options, "--jobs", str(jobs)])


def sessions(watcher: psycopg.Connection) -> list[int]:
    """Process ids of the sessions of loaders, the watcher's own left out; the busy ones first."""
    rows = watcher.execute(
        "select pid from pg_stat_activity where application_name = 'warehouse-loaders' and pid <> pg_backend_pid()"
        " and datname = current_database() order by state <> 'active', backend_start"
    )
    return [pid for (pid,) in rows]


def wait_until_connected(watcher: psycopg.Connection, loader: ForkedCommand) -> None:
    deadline = time.monotonic() + 30
    while not sessions(watcher) and loader.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def undisturbed_seconds(disturbed: Disturbed, folder: Path, files: int) -> float:
    """How long a loader works from its first connection to its end; the files count as given."""
    took = []
    for turn in range(3):
        paths = [write(folder, 200 + 10 * turn + number) for number in range(files)]
        with disturbed.warehouse.connect(None) as watcher:
            loader = start_loader(*paths)
            wait_until_connected(watcher, loader)
            started = time.monotonic()
            code = loader.wait(timeout=60)
            took.append(time.monotonic() - started)
        assert code == 0, loader.communicate(timeout=60)
        disturbed.files += paths
    return median(took)


class RandomMoments:
    """Random waits before a fault, of which most shall end while a process is still at work.

    The speed of a shared machine changes while a test runs, so the waits follow it.
    """

    def __init__(self, seed: int, longest: float) -> None:
        self._random, self._longest, self.hits = random.Random(seed), longest, 0

    def next_wait(self) -> float:
        return self._random.uniform(0, self._longest)

    def note(self, is_hit: bool) -> None:
        """Say whether the process was still at work when the last wait was over."""
        self.hits += is_hit
        self._longest *= 1.1 if is_hit else 0.8


def disturb(
    disturbed: Disturbed, paths: list[Path], moments: RandomMoments, fault: Callable[..., None], jobs: int = 1
) -> tuple[int, str]:
    """Start a loader, wait from its first connection on, let the fault happen; returns its exit code and messages."""
    with disturbed.warehouse.connect(None) as watcher:
        loader = start_loader(*paths, jobs=jobs)
        wait_until_connected(watcher, loader)
        time.sleep(moments.next_wait())
        is_running = loader.poll() is None
        moments.note(is_running)
        if is_running:
            fault(loader, watcher)
        stated = loader.communicate(timeout=60)[1]
    assert "Traceback" not in stated
    return loader.returncode, stated


@pytest.fixture
def small_disk() -> Iterator[Callable[[int], Path]]:
    """Yields what mounts a tmpfs of so many megabytes, and gives the mounted one another size when called again."""
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("only root on Linux may mount a small disk")
    folder = Path(tempfile.mkdtemp(prefix="small-disk-"))
    folder.chmod(0o755)
    mounted = []

    def size(megabytes: int) -> Path:
        options = f"size={megabytes}m,mode=0755" + (",remount" if mounted else "")
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        answer = subprocess.run(command, capture_output=True, text=True)
        if answer.returncode != 0:
            pytest.skip(f"a small disk cannot be mounted here ({answer.stderr.strip()})")
        mounted.append(folder)
        return folder

    yield size
    if mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)
    shutil.rmtree(folder, ignore_errors=True)
