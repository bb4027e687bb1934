"""Loaders and servers that die in mid-load: nothing is half stored, and running again makes it as if nothing happened.

The moments are random with a fixed seed, counted from the loader's first connection to the database, within the time
that an undisturbed load takes; each test asserts that enough of them hit a load under way.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import psycopg
import pytest

from loaders import embedded_server
from loaders.database.migrations import migrate
from loaders.ingest.pipeline import IngestOptions, ingest_files
from loaders.settings import PROJECT_ROOT
from tests.support.warehouses import Warehouse, _database, changed_environment, drop_database

NODES, REVISIONS, HOURS = 10, 3, 400
ROWS = NODES * REVISIONS * HOURS
FIRST = datetime(1985, 1, 1, tzinfo=UTC)
OPTIONS = IngestOptions(format="long", create_missing=True)
LOADER_KILLS, SERVER_KILLS, CUTS, INTERRUPTS = 30, 10, 5, 2

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
    or rows_read <> rows_inserted + rows_duplicate + rows_rejected
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
    hits: Counter = field(default_factory=Counter)
    checked: int = 0

    def assert_sound(self, after: int | None = None) -> None:
        """The ledger reconciles; looks at loads after the last complete one only, unless told otherwise."""
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
    name = f"faults_{uuid.uuid4().hex[:12]}"
    with _database(name, None) as made:
        migrate()
        yield made
    drop_database(name)


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


def start_loader(*paths: Path, jobs: int = 1) -> subprocess.Popen:
    command = [sys.executable, "-m", "loaders", "ingest", *map(str, paths), "--create-missing", "--jobs", str(jobs)]
    return subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def sessions(watcher: psycopg.Connection) -> list[int]:
    """Process ids of the sessions of loaders, the watcher's own left out; the busy ones first."""
    rows = watcher.execute(
        "select pid from pg_stat_activity where application_name = 'warehouse-loaders' and pid <> pg_backend_pid()"
        " and datname = current_database() order by state <> 'active', backend_start"
    )
    return [pid for (pid,) in rows]


def wait_until_connected(watcher: psycopg.Connection, loader: subprocess.Popen) -> None:
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
            begun = time.monotonic()
            assert loader.wait(timeout=60) == 0, loader.stderr.read()
            took.append(time.monotonic() - begun)
        loader.stderr.close()
        disturbed.files += paths
    return median(took)


def disturb(
    disturbed: Disturbed, paths: list[Path], wait: float, fault: Callable[..., None], jobs: int = 1
) -> tuple[int, str]:
    """Start a loader, wait from its first connection on, let the fault happen; returns its exit code and messages."""
    with disturbed.warehouse.connect(None) as watcher:
        loader = start_loader(*paths, jobs=jobs)
        wait_until_connected(watcher, loader)
        time.sleep(wait)
        is_running = loader.poll() is None
        disturbed.hits["within" if is_running else "after"] += 1
        if is_running:
            fault(loader, watcher)
        said = loader.communicate(timeout=60)[1]
    assert "Traceback" not in said
    return loader.returncode, said


def test_a_loader_killed_at_any_moment_leaves_nothing_half_stored(disturbed: Disturbed, tmp_path: Path) -> None:
    seconds, moments = undisturbed_seconds(disturbed, tmp_path, 2), random.Random(20240401)
    for number in range(LOADER_KILLS):
        paths = [write(tmp_path, 2 * number), write(tmp_path, 2 * number + 1)]
        code, _ = disturb(disturbed, paths, moments.uniform(0, seconds), lambda loader, _: loader.kill())
        assert code in (0, -signal.SIGKILL)
        disturbed.assert_sound()
        held = disturbed.warehouse.query(
            "select rows_inserted, status from raw.loads where uri = any(%s)", list(map(str, paths))
        )
        assert {rows for rows, _ in held} <= {ROWS}
        disturbed.hits[f"{len(held)} stored"] += 1
        disturbed.complete(paths)
    disturbed.assert_as_undisturbed()
    assert disturbed.hits["within"] >= LOADER_KILLS * 2 // 3, disturbed.hits
    assert all(disturbed.hits[f"{count} stored"] for count in (0, 1)), disturbed.hits


def test_a_server_killed_in_mid_load_loses_nothing_that_was_stored(disturbed: Disturbed, tmp_path: Path) -> None:
    seconds, moments = undisturbed_seconds(disturbed, tmp_path, 1), random.Random(20240402)

    def kill(loader: subprocess.Popen, watcher: psycopg.Connection) -> None:
        os.kill(embedded_server.status().pid, signal.SIGKILL)
        loader.wait(timeout=60)

    for number in range(SERVER_KILLS):
        paths = [write(tmp_path, number)]
        code, said = disturb(disturbed, paths, moments.uniform(0, seconds), kill)
        assert code in (0, 1)
        assert code == 0 or "error: " in said
        embedded_server.start()
        disturbed.assert_sound()
        disturbed.complete(paths)
    disturbed.assert_as_undisturbed()
    assert disturbed.hits["within"] >= SERVER_KILLS * 2 // 3, disturbed.hits


def test_a_connection_cut_in_mid_load_is_taken_up_again(disturbed: Disturbed, tmp_path: Path) -> None:
    seconds, moments = undisturbed_seconds(disturbed, tmp_path, 1), random.Random(20240403)

    def cut(_: subprocess.Popen, watcher: psycopg.Connection) -> None:
        ended = watcher.execute(
            "select count(pg_terminate_backend(pid)) from unnest(%s::integer[]) as pid", [sessions(watcher)]
        )
        disturbed.hits["cut"] += ended.fetchone()[0] > 0

    for number in range(CUTS):
        paths = [write(tmp_path, number)]
        # Not in the first moments: what is pending from before is judged by then.
        code, said = disturb(disturbed, paths, moments.uniform(seconds / 4, seconds * 0.9), cut)
        assert (code, "error" in said) == (0, False), said
        disturbed.complete(paths)
    disturbed.assert_as_undisturbed()
    assert disturbed.hits["cut"] >= CUTS // 2, disturbed.hits


@pytest.mark.parametrize("jobs", [1, 3])
def test_an_interrupt_gives_up_the_file_under_way_and_those_that_follow(
    disturbed: Disturbed, tmp_path: Path, jobs: int
) -> None:
    moments = random.Random(20240404)
    for number in range(INTERRUPTS):
        paths = [
            write(tmp_path, 20 * number, rows=20 * ROWS),
            *(write(tmp_path, 20 * number + 1 + n) for n in range(7)),
        ]
        wait = moments.uniform(0.05, 0.3)
        code, said = disturb(disturbed, paths, wait, lambda loader, _: loader.send_signal(signal.SIGINT), jobs)
        assert code == 130
        assert "Interrupted. Each file is stored completely or not at all" in said
        disturbed.assert_sound()
        stored = "select uri from raw.loads where uri = any(%s)"
        found = {uri for (uri,) in disturbed.warehouse.query(stored, list(map(str, paths)))}
        assert str(paths[0]) not in found
        assert len(found) < len(paths) - 1
        disturbed.complete(paths)
    disturbed.assert_as_undisturbed()
    assert disturbed.hits["within"] == INTERRUPTS, disturbed.hits


def test_eight_loaders_at_once_on_overlapping_files_store_each_row_once(disturbed: Disturbed, tmp_path: Path) -> None:
    # Grid by grid: neighbours share half of their nodes; each file is given to two loaders.
    paths = [write(tmp_path, number // 4, first_node=5 * (number % 4)) for number in range(8)]
    loaders = [start_loader(paths[number], paths[(number + 1) % 8]) for number in range(8)]
    said = [loader.communicate(timeout=120)[1] for loader in loaders]
    assert [loader.returncode for loader in loaders] == [0] * 8, said
    disturbed.assert_sound()
    totals = disturbed.warehouse.query(
        "select count(*), sum(rows_read), sum(rows_inserted), sum(rows_duplicate) from raw.loads"
    )
    distinct = 2 * (NODES + 3 * 5) * HOURS * REVISIONS
    assert totals == [(8, 8 * ROWS, distinct, 8 * ROWS - distinct)]
    disturbed.files += paths
    disturbed.assert_as_undisturbed()


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


def test_a_full_disk_stores_nothing_and_says_so(
    own_server: None, tmp_path: Path, small_disk: Callable[[int], Path]
) -> None:
    place = small_disk(8)
    owner = embedded_server.status().data_directory.stat()
    os.chown(place, owner.st_uid, owner.st_gid)
    with fresh_database() as warehouse:
        disturbed = Disturbed(warehouse)
        admin = warehouse.connect(None)
        admin.execute(f"create tablespace small location '{place}'")
        admin.execute(
            f"grant create on tablespace small to public;"
            f"alter database {warehouse.name} set default_tablespace to small"
        )
        paths = [write(tmp_path, number) for number in range(6)]
        outcomes = ingest_files(paths, OPTIONS)
        refused = [outcome.error for outcome in outcomes if outcome.error]
        assert refused
        assert all(
            "the server's disk is full. Nothing was stored. Free some space and ingest it again." in said
            for said in refused
        )
        disturbed.assert_sound()
        assert warehouse.query("select count(*) from raw.loads")[0][0] == len(paths) - len(refused)
        small_disk(200)
        disturbed.complete(paths)
        disturbed.assert_as_undisturbed()
        admin.close()
    with Warehouse("postgres").connect(None) as admin:
        admin.execute("drop tablespace small")
