"""`db distribute` can be run again and interrupted; nothing is lost, and `db status` shows where the tables lie."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import psycopg
import pytest

from loaders.archive.restore import bring_back
from loaders.errors import ServerError, UsageError
from loaders.gates import check_raw
from loaders.operations.distribution import TABLES, distribute, read_distribution
from tests.support.commands import fails, messages, run
from tests.support.load_cases import HOUR, NOON, counts, hours, load, locked, stored, write
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.citus


def test_rows_stay_what_they_were_and_a_second_call_changes_nothing(undistributed: Warehouse, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "g", [*hours("a", 3), *hours("b", 3)])
    load(path)
    before = stored(undistributed, "g")
    assert messages(run("db", "distribute", "--shards", "4"))[0] == f"Distributed {', '.join(TABLES)}."
    assert messages(run("db", "distribute")) == ["Everything is distributed already."]
    assert stored(undistributed, "g") == before
    assert load(path).already_stored
    with pytest.raises(UsageError, match="4 shards already"):
        distribute(shards=8)
    size = "select pg_total_relation_size('raw.measures_2024_03')"
    assert undistributed.query(size)[0][0] < 50_000  # the rows are gone from the coordinator


def test_what_was_interrupted_is_completed_by_the_next_call(undistributed: Warehouse, tmp_path: Path) -> None:
    load(write(tmp_path / "a.csv", "g", hours("a", 3)))
    with ThreadPoolExecutor(1) as pool, locked(undistributed, "row exclusive") as wait_for:
        running = pool.submit(distribute, 4)
        wait_for(1)
        undistributed.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
            " and query like '%%select create_distributed_table%%' and pid <> pg_backend_pid()"
        )
        with pytest.raises(ServerError, match="run it again"):
            running.result(timeout=60)
    assert read_distribution() is None
    second = load(write(tmp_path / "b.csv", "g", [("a", NOON, NOON - HOUR, 5.0), *hours("a", 3)]))
    assert counts(second) == (4, 1, 3, 0)
    assert distribute() == ["raw.measures"]
    third = load(write(tmp_path / "c.csv", "g", [("a", NOON, NOON - HOUR, 5.0), *hours("a", 4)]))
    assert counts(third) == (5, 1, 4, 0)
    assert len(stored(undistributed, "g")) == 5


def test_status_shows_the_nodes_and_the_tables(distributed: Warehouse) -> None:
    shown = run("db", "status")
    assert shown.returncode == 0, shown.stderr
    assert "coordinator" in shown.stdout
    assert "raw.measures" in shown.stdout
    parts = json.loads(run("db", "status", "--json").stdout)["distribution"]
    assert {node["role"] for node in parts["nodes"]} == {"coordinator", "worker"}
    tables = {table["table_name"]: table for table in parts["tables"] if table["schema_name"] == "raw"}
    assert {f"raw.{name}" for name in tables} == set(TABLES)
    assert (tables["measures"]["kind"], tables["measures"]["shards"]) == ("distributed", 4)
    assert tables["measures"]["skew"] >= 1


def test_shards_can_be_moved_while_loads_delete_what_they_staged(distributed: Warehouse) -> None:
    query = "select relpersistence, relreplident from pg_class where oid = 'raw.staged_rows'::regclass"
    assert distributed.query(query) == [("p", "f")]


def test_analysts_may_read_what_their_views_read_and_change_nothing(distributed: Warehouse) -> None:
    with distributed.connect("warehouse_analyst") as analyst:
        for name in ("measures", "loads", "load_events", "archived_months"):
            assert analyst.execute(f"select count(*) >= 0 from raw.{name}").fetchone() == (True,)
        for name in ("rejected_rows", "runs", "staged_rows"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                analyst.execute(f"select count(*) from raw.{name}")


def test_the_raw_check_passes(distributed: Warehouse, tmp_path: Path) -> None:
    load(write(tmp_path / "a.csv", "g", hours("a", 3)))
    assert check_raw(tmp_path).passed


def test_no_month_is_archived_or_brought_back(distributed: Warehouse) -> None:
    fails(run("archive", "--before", "2024-01"), "archive does not work there yet")
    with pytest.raises(ServerError, match="unarchive does not work there yet"):
        bring_back([date(2024, 1, 1)], "test")


def test_a_warehouse_with_an_archived_month_is_not_distributed(undistributed: Warehouse) -> None:
    undistributed.query(
        "insert into raw.archived_months"
        " (month, folder, row_count, content_hash, series_ids, file_bytes, file_sha256, who)"
        " values ('2024-01-01', '/archive', 1, 0, '{1}', 1, '', 'a test')"
    )
    fails(run("db", "distribute"), "The revisions of 2024-01 are archived", "warehouse unarchive --all")
    assert read_distribution() is None


def test_a_dump_is_not_restored_into_distributed_tables(distributed: Warehouse, tmp_path: Path) -> None:
    path = str(tmp_path / "warehouse.dump")
    done = run("db", "dump", path)
    assert done.returncode == 0, done.stderr
    fails(run("db", "restore", path), "db restore does not work there yet")
    assert read_distribution() is not None
