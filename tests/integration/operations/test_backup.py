"""A dump restores to the same ledger and marts, and a dump that cannot be trusted changes nothing."""

import os
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

from loaders.errors import ServerError, UsageError
from loaders.operations import backup, dump_file, restore
from loaders.settings import PROJECT_ROOT
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.sql
RESTORES = pytest.mark.one_server("a dump is restored before they are distributed")

FRAME = pd.DataFrame(
    {
        "grid": "G",
        "region": "R",
        "node": "N",
        "metric": "load",
        "interval_start": pd.date_range("2026-03-01", periods=400, freq="1h", tz="UTC"),
        "collected_at": pd.Timestamp("2026-03-20", tz="UTC"),
        "value": range(400),
    }
)
LATER = FRAME.assign(collected_at=pd.Timestamp("2026-03-21", tz="UTC"))
TABLES = """
select schemaname || '.' || relname from pg_stat_user_tables
where schemaname in ('raw', 'staging', 'marts') order by 1
"""

RIGHTS = """
select relname, relacl::text, pg_get_userbyid(relowner)
from pg_class
where relnamespace = 'raw'::regnamespace and relname in ('loads', 'measures', 'deliveries')
order by 1
"""


@pytest.fixture(scope="module")
def filled(shared_warehouse: Warehouse) -> Warehouse:
    shared_warehouse.deliver(FRAME)
    shared_warehouse.deliver(LATER.assign(value=2.0), status="held")
    withdrawn = shared_warehouse.deliver(LATER.assign(value=3.0))
    shared_warehouse.set_status(withdrawn.load_id, "withdrawn")
    shared_warehouse.build("--resource-type", "model", "--resource-type", "snapshot")
    return shared_warehouse


@pytest.fixture(scope="module")
def dump_path(filled: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dump") / "warehouse.dump"
    backup.dump(path)
    return path


@pytest.fixture(scope="module")
def contents_at_dump(filled: Warehouse, dump_path: Path) -> dict[str, str]:
    return contents(filled)


@pytest.fixture
def target(contents_at_dump: dict[str, str], empty_warehouse: Warehouse) -> Warehouse:
    return empty_warehouse


def contents(warehouse: Warehouse) -> dict[str, str]:
    """A hash of the rows of each table of the warehouse."""
    query = "select md5(string_agg(content, '' order by content)) from (select t::text as content from {} as t) as rows"
    return {name: warehouse.query(query.format(name))[0][0] for (name,) in warehouse.query(TABLES)}


@RESTORES
def test_a_restored_warehouse_has_the_same_rows_rights_and_goes_on(
    target: Warehouse, dump_path: Path, contents_at_dump: dict[str, str]
) -> None:
    before = target.query(RIGHTS)
    restore.restore(dump_path)
    assert contents(target) == contents_at_dump
    assert contents_at_dump["raw.measures_2026_03"]
    assert contents_at_dump["staging.int_measure_revisions"]
    assert target.query(RIGHTS) == before
    target.deliver(LATER.assign(value=9.0))
    target.apply_loads()
    assert target.query("select distinct value from marts.fct_measures_latest") == [(9.0,)]
    with pytest.raises(ServerError, match="not empty"):
        restore.restore(dump_path)


def test_a_dump_while_loads_run_has_whole_loads_only(filled: Warehouse, target: Warehouse, tmp_path: Path) -> None:
    stop = threading.Event()
    failures: list[BaseException] = []

    def load() -> None:
        number = 0
        try:
            while not stop.is_set():
                number += 1
                target.deliver(FRAME.assign(value=number, node=f"N{number}"))
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=load)
    thread.start()
    try:
        written = backup.dump(tmp_path / "busy.dump")
    finally:
        stop.set()
        thread.join()
    assert not failures
    counts = written.manifest.counts
    assert counts["measures"] == 400 * counts["loads"]
    assert dump_file.verify_dump(tmp_path / "busy.dump") == written.manifest


@RESTORES
def test_a_dump_that_cannot_be_trusted_changes_nothing(target: Warehouse, dump_path: Path, tmp_path: Path) -> None:
    before, path, content = contents(target), tmp_path / "other.dump", dump_path.read_bytes()
    for damaged, message in (
        (content[:-1], "not a complete dump"),
        (content[:999] + bytes([content[999] ^ 1]) + content[1000:], "damaged"),
        (content.replace(b'"schema_version": ', b'"schema_version":9'), "schema version"),
        (content.replace(b'"server_major": 1', b'"server_major": 9'), "PostgreSQL 9"),
    ):
        path.write_bytes(damaged)
        with pytest.raises(ServerError, match=message):
            restore.restore(path)
    assert contents(target) == before


@RESTORES
def test_a_restore_that_fails_or_is_killed_changes_nothing(
    target: Warehouse, dump_path: Path, contents_at_dump: dict[str, str], tmp_path: Path
) -> None:
    before = contents(target)
    content = dump_path.read_bytes()
    path = tmp_path / "wrong.dump"
    path.write_bytes(content.replace(b'"measures": 1', b'"measures": 2'))
    with pytest.raises(ServerError, match="not complete"):
        restore.restore(path)
    assert contents(target) == before
    for seconds in (0.3, 0.6, 0.9):
        command = [sys.executable, "-m", "loaders", "db", "restore", str(dump_path)]
        process = subprocess.Popen(command, cwd=PROJECT_ROOT, start_new_session=True, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        if process.poll() is not None:
            break
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert contents(target) in (before, contents_at_dump)


def test_only_its_owner_reads_a_dump_and_a_file_is_not_replaced_by_itself(filled: Warehouse, dump_path: Path) -> None:
    assert stat.S_IMODE(dump_path.stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="exists"):
        backup.dump(dump_path)
    with pytest.raises(UsageError, match="folder"):
        backup.dump(dump_path / "nowhere")


def test_a_full_disk_leaves_the_earlier_dump(filled: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "warehouse.dump"
    path.write_bytes(b"earlier")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(ServerError, match="Nothing was kept"):
            backup.dump(path, replace=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [path]
