"""Several loads at the same time store each row once and wait for no reader."""

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from loaders.settings import PROJECT_ROOT
from tests.support.load_cases import HOUR, NOON, counts, hours, ingest, load, locked, stored, write
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.sql


def start_ingest(*arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "loaders", "ingest", *arguments, "--create-missing", "--json"]
    return subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen) -> dict[str, Any]:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return json.loads(out)[0]


def test_two_processes_with_the_same_content_at_once_give_one_load(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    paths = [str(write(tmp_path / name, grid, hours("n", 5))) for name in ("a.csv", "b.csv")]
    with locked(shared_warehouse, "access exclusive") as wait_for:
        processes = [start_ingest(path) for path in paths]
        wait_for(2)
    answers = [finish(process) for process in processes]
    assert sorted(answer["already_stored"] for answer in answers) == [False, True]
    assert len({answer["load_id"] for answer in answers}) == 1
    assert len(stored(shared_warehouse, grid)) == 5


def test_two_loads_at_once_make_the_months_they_share(shared_warehouse: Warehouse, grid: str, tmp_path: Path) -> None:
    months = [datetime(1991, month, 1, tzinfo=UTC) for month in (1, 2, 12)]
    paths = [
        write(tmp_path / f"{node}.csv", grid, [(node, month, NOON - 33 * 366 * 24 * HOUR, 1.0) for month in months])
        for node in ("a", "b")
    ]
    load(write(tmp_path / "names.csv", grid, [*hours("a", 1), *hours("b", 1)]))
    with ThreadPoolExecutor(2) as pool, locked(shared_warehouse, "share update exclusive") as wait_for:
        running = [pool.submit(load, path) for path in paths]
        wait_for(2)
    assert [each.result().rows_inserted for each in running] == [3, 3]
    partitions = shared_warehouse.query(
        "select count(*) from pg_inherits where inhparent = 'raw.measures'::regclass and"
        " inhrelid::regclass::text like '%%measures_1991_%%'"
    )
    assert partitions == [(3,)]


def test_a_new_month_waits_for_no_reader_and_keeps_none_waiting(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    path = write(
        tmp_path / "a.csv", grid, [("n", datetime(1992, 5, 1, tzinfo=UTC), datetime(1992, 4, 30, tzinfo=UTC), 1.0)]
    )
    with ThreadPoolExecutor(1) as pool, shared_warehouse.connect(None, autocommit=False) as reader:
        reader.execute("select count(*) from raw.measures")
        running = pool.submit(load, path)
        assert running.result(timeout=20).rows_inserted == 1  # while the reader's transaction is open
        reader.rollback()
    with shared_warehouse.connect(autocommit=False) as writer:
        before = shared_warehouse.query("select count(*) from raw.measures")
        writer.execute("select count(*) from raw.measures")
        path = write(
            tmp_path / "b.csv", grid, [("n", datetime(1992, 6, 1, tzinfo=UTC), datetime(1992, 5, 30, tzinfo=UTC), 1.0)]
        )
        load(path)
        assert shared_warehouse.query("select count(*) from raw.measures")[0][0] == before[0][0] + 1


def test_with_jobs_files_are_read_at_the_same_time(shared_warehouse: Warehouse, grid: str, tmp_path: Path) -> None:
    load(write(tmp_path / "names.csv", grid, [cell for node in "abcd" for cell in hours(node, 1)]))
    paths = [write(tmp_path / f"{node}.csv", grid, hours(node, 50)) for node in "abcd"]
    meeting = threading.Barrier(4)
    outcomes = ingest(*paths, jobs=4, progress=lambda rows: meeting.wait(timeout=30))
    assert [outcome.error for outcome in outcomes if outcome.failed] == []
    assert [counts(outcome.result) for outcome in outcomes] == [(50, 49, 1, 0)] * 4
    assert [outcome.name for outcome in outcomes] == [str(path) for path in paths]


def test_overlapping_files_loaded_at_once_store_each_row_once(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    paths = [write(tmp_path / f"{turn}.csv", grid, hours("n", 40)[turn * 5 : turn * 5 + 20]) for turn in range(5)]
    load(write(tmp_path / "names.csv", grid, hours("n", 1, first=NOON - HOUR, value=0.0)))
    with ThreadPoolExecutor(1) as pool, locked(shared_warehouse, "access exclusive") as wait_for:
        running = pool.submit(ingest, *paths, jobs=5)
        wait_for(5)
    outcomes = running.result()
    assert sum(outcome.result.rows_inserted for outcome in outcomes) == 40
    assert sum(outcome.result.rows_duplicate for outcome in outcomes) == 60
    assert [row[3] for row in stored(shared_warehouse, grid)] == [float(hour) for hour in range(41)]
