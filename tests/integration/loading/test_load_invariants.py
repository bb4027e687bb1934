"""The invariants of a load: wholly stored, once, every row accounted for, nothing overwritten, in any order."""

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from loaders.cli import app
from loaders.database.migrations import migrate
from loaders.ingest.pipeline import IngestOptions, IngestResult, ingest_files
from loaders.ingest.storage.store import LoadResult
from loaders.settings import PROJECT_ROOT
from tests.support.warehouses import Warehouse, _database, drop_database

COLUMNS = ["grid", "region", "node", "metric", "interval_start", "collected_at", "value"]
HOUR = timedelta(hours=1)
NOON = datetime(2024, 3, 15, 12, tzinfo=UTC)
MORNING = NOON - 6 * HOUR
RAW_TABLES = "grids regions nodes metrics series loads load_events measures redelivered_rows rejected_rows gate_results"

Cells = list[tuple[str, datetime, datetime, Any]]  # node, interval_start, collected_at, value


@pytest.fixture
def grid() -> str:
    """A name that no other test uses, so that tests can share a warehouse."""
    return f"grid-{uuid.uuid4()}"


def write(path: Path, grid: str, cells: Cells) -> Path:
    """A file in the long format; an empty value is one taken back."""
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for node, start, collected, value in cells:
            texts = [each.isoformat() if isinstance(each, datetime) else each for each in (start, collected)]
            writer.writerow([grid, "r", node, "load", *texts, "" if value is None else value])
    return path


def ingest(
    *paths: Path, jobs: int = 1, progress: Callable[[int], None] = lambda rows: None, **how: Any
) -> list[IngestResult]:
    return ingest_files(list(paths), IngestOptions(format="long", **{"create_missing": True, **how}), jobs, progress)


def load(path: Path, **how: Any) -> LoadResult:
    (outcome,) = ingest(path, **how)
    assert outcome.error is None
    assert outcome.result.already_stored or outcome.result.status in ("accepted", "dry run")
    return outcome.result


def refusal(path: Path, **how: Any) -> str:
    (outcome,) = ingest(path, **how)
    assert outcome.result is None
    return outcome.error


def counts(result: LoadResult) -> tuple[int, int, int, int]:
    return result.rows_read, result.rows_inserted, result.rows_duplicate, result.rows_rejected


def hours(node: str, count: int, first: datetime = NOON, value: float = 1.0) -> Cells:
    return [(node, first + HOUR * hour, MORNING, value + hour) for hour in range(count)]


def stored(warehouse: Warehouse, grid: str) -> list[tuple]:
    """All that raw holds of a grid, with load ids."""
    return warehouse.query(
        "select node_name, interval_start, collected_at, value, load_id from raw.measures"
        " join raw.series using (series_id) join raw.nodes using (node_id) join raw.regions using (region_id)"
        " join raw.grids using (grid_id) where grid_name = %s order by 1, 2, 3, 5",
        grid,
    )


def revisions(warehouse: Warehouse, grid: str) -> list[tuple]:
    """The revisions of a grid in the marts, without load ids."""
    return warehouse.query(
        "select node_name, interval_start, collected_at, value, previous_value, known_to"
        " from marts.fct_measure_revisions where grid_name = %s order by 1, 2, 3",
        grid,
    )


def latest(warehouse: Warehouse, grid: str) -> list[tuple]:
    return warehouse.query(
        "select node_name, interval_start, collected_at, value from marts.fct_measures_latest"
        " where grid_name = %s order by 1, 2",
        grid,
    )


def rows_in_raw(warehouse: Warehouse) -> dict[str, int]:
    return {name: warehouse.query(f"select count(*) from raw.{name}")[0][0] for name in RAW_TABLES.split()}


@contextmanager
def locked(warehouse: Warehouse, mode: str) -> Iterator[Callable[[int], None]]:
    """Keep raw.measures locked; yields a function that waits until so many others wait for a lock, of any kind."""
    with warehouse.connect(None, autocommit=False) as holder, warehouse.connect(None) as watcher:
        holder.execute(f"lock table raw.measures in {mode} mode")

        def wait_for(sessions: int) -> None:
            deadline = time.monotonic() + 30
            query = "select count(distinct pid) from pg_locks where not granted"
            while watcher.execute(query).fetchone()[0] < sessions:
                assert time.monotonic() < deadline, "they never came to wait for each other"
                time.sleep(0.02)

        yield wait_for
        holder.rollback()


def start_ingest(*arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "loaders", "ingest", *arguments, "--create-missing", "--json"]
    return subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen) -> dict[str, Any]:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return json.loads(out)[0]


# Same content, once


def test_a_renamed_copy_is_not_loaded_again_and_the_load_it_equals_is_named(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    first = load(write(tmp_path / "a.csv", grid, hours("n", 3)))
    before = rows_in_raw(shared_warehouse)
    second = load(write(tmp_path / "renamed.csv", grid, hours("n", 3)))
    assert (second.already_stored, second.load_id, second.status) == (True, first.load_id, "accepted")
    assert rows_in_raw(shared_warehouse) == before


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


# Every row is accounted for


def test_each_row_read_is_inserted_duplicate_or_rejected(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    load(write(tmp_path / "first.csv", grid, hours("n", 4)))
    cells = [
        *hours("n", 6),  # 4 are stored already, 2 are new
        *hours("n", 6)[4:5],  # a copy within the file
        ("n", NOON, "yesterday", 1.0),
        ("n", NOON, MORNING + HOUR, "much"),
        ("m", NOON, MORNING, 1.0),
        ("m", NOON, MORNING, 2.0),  # contradicts the row before
    ]
    result = load(write(tmp_path / "second.csv", grid, cells), max_rejects=1.0)
    assert counts(result) == (11, 2, 5, 4)
    reasons = shared_warehouse.query(
        "select row_number, reason from raw.rejected_rows where load_id = %s order by 1", result.load_id
    )
    assert reasons == [(8, "bad_time"), (9, "bad_number"), (10, "conflicting_value"), (11, "conflicting_value")]


def test_contradictory_values_for_one_key_are_all_rejected_and_the_rest_is_stored(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    cells = [
        ("n", NOON, MORNING, 1.0),
        ("n", NOON, MORNING, 1.0),
        ("n", NOON, MORNING, None),
        ("n", NOON + HOUR, MORNING, 2.0),
        ("n", NOON + HOUR, MORNING, 2.0),
        ("n", NOON + 2 * HOUR, MORNING, None),
        ("n", NOON + 2 * HOUR, MORNING, None),
    ]
    result = load(write(tmp_path / "a.csv", grid, cells), max_rejects=3)
    assert counts(result) == (7, 2, 2, 3)
    payloads = shared_warehouse.query(
        "select reason, payload from raw.rejected_rows where load_id = %s order by row_number", result.load_id
    )
    assert [reason for reason, _ in payloads] == ["conflicting_value"] * 3
    assert [payload["value"] for _, payload in payloads] == [1.0, 1.0, None]
    assert {(payload["grid"], payload["node"], payload["metric"]) for _, payload in payloads} == {(grid, "n", "load")}
    assert [row[3] for row in stored(shared_warehouse, grid)] == [2.0, None]


def test_more_bad_rows_than_allowed_refuse_the_whole_file(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.csv", grid, [*hours("n", 8), ("n", "never", MORNING, 1), ("n", "never", MORNING, 2)])
    before = rows_in_raw(shared_warehouse)
    for limit in (0, 1, 0.1, 0.19):
        said = refusal(path, max_rejects=limit)
        assert "2 of 10 rows would be rejected, more than --max-rejects allows" in said
        assert "bad_time (2), first in row 9" in said
    assert rows_in_raw(shared_warehouse) == before
    assert counts(load(path, max_rejects=0.2)) == (10, 8, 0, 2)


def test_rejected_rows_are_exported_mended_and_ingested(shared_warehouse: Warehouse, grid: str, tmp_path: Path) -> None:
    cells = [*hours("n", 9), ("n", NOON + 9 * HOUR, MORNING, "1O.0"), ("n", "2024-03-32", MORNING, 11.0)]
    result = load(write(tmp_path / "a.csv", grid, cells), max_rejects=2)
    mended = tmp_path / "mended.csv"
    answer = CliRunner().invoke(app, ["rejects", str(result.load_id), "--export", str(mended)])
    assert (answer.exit_code, answer.stdout) == (0, "")
    frame = pd.read_csv(mended, dtype=str)
    assert list(frame["value"]) == ["1O.0", "11"]
    frame["value"] = ["10.0", "11.0"]
    frame.loc[1, "interval_start"] = (NOON + 10 * HOUR).isoformat()
    frame.to_csv(mended, index=False)
    assert counts(load(mended, create_missing=False)) == (2, 2, 0, 0)
    assert [row[3] for row in stored(shared_warehouse, grid)] == [float(hour) for hour in range(1, 12)]


# Nothing is overwritten


def test_a_correction_wins_and_the_former_value_still_answers_for_its_time(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    load(write(tmp_path / "a.csv", grid, [("n", NOON, MORNING, 100.0), ("n", NOON + HOUR, MORNING, 7.0)]))
    shared_warehouse.apply_loads()
    between = shared_warehouse.query("select clock_timestamp()")[0][0]
    second = load(write(tmp_path / "b.csv", grid, [("n", NOON, MORNING, 99.0), ("n", NOON + HOUR, MORNING, 7.0)]))
    assert (counts(second), second.rows_corrected) == ((2, 1, 1, 0), 1)
    assert [row[3] for row in stored(shared_warehouse, grid)] == [100.0, 99.0, 7.0]
    shared_warehouse.apply_loads()
    assert [row[3] for row in latest(shared_warehouse, grid)] == [99.0, 7.0]
    as_of = (
        "select value from marts.measures_as_of(collected_datetime => %s, loaded_datetime => %s, grid_id =>"
        " (select grid_id from raw.grids where grid_name = %s)) order by interval_start"
    )
    assert shared_warehouse.query(as_of, NOON, between, grid) == [(100.0,), (7.0,)]
    assert shared_warehouse.query(as_of, NOON, None, grid) == [(99.0,), (7.0,)]


def test_a_value_that_comes_back_is_a_third_revision(shared_warehouse: Warehouse, grid: str, tmp_path: Path) -> None:
    cells = [("n", NOON, MORNING + HOUR * turn, value) for turn, value in enumerate((100.0, 99.0, 100.0))]
    load(write(tmp_path / "a.csv", grid, cells[:2]))
    load(write(tmp_path / "b.csv", grid, cells[1:]))
    shared_warehouse.apply_loads()
    found = revisions(shared_warehouse, grid)
    assert [row[3] for row in found] == [100.0, 99.0, 100.0]
    assert [row[4] for row in found] == [None, 100.0, 99.0]


@given(
    cells=st.dictionaries(
        st.tuples(st.sampled_from("abc"), st.sampled_from([0, 1, 420]), st.integers(0, 3)),
        st.sampled_from([None, 0.0, 1.0, 2.5]),
        min_size=2,
        max_size=20,
    ),
    data=st.data(),
)
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
def test_any_order_and_any_split_of_the_rows_give_the_same_marts(
    shared_warehouse: Warehouse, tmp_path: Path, cells: dict, data: st.DataObject
) -> None:
    rows = [(node, NOON + HOUR * hour, MORNING + HOUR * turn, value) for (node, hour, turn), value in cells.items()]
    at_once, in_parts = f"grid-{uuid.uuid4()}", f"grid-{uuid.uuid4()}"
    deliver(shared_warehouse, at_once, rows)
    mixed = data.draw(st.permutations(rows))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(rows) - 1), max_size=4)))
    for begin, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        # A few rows of other parts once more: repetition is no order either.
        again = data.draw(st.lists(st.sampled_from(rows), max_size=3, unique=True))
        deliver(shared_warehouse, in_parts, [*mixed[begin:end], *(row for row in again if row not in mixed[begin:end])])
        if data.draw(st.booleans()):
            shared_warehouse.apply_loads()
    shared_warehouse.apply_loads()
    assert revisions(shared_warehouse, in_parts) == revisions(shared_warehouse, at_once)
    assert latest(shared_warehouse, in_parts) == latest(shared_warehouse, at_once)


def deliver(warehouse: Warehouse, grid: str, cells: Cells, status: str | None = "accepted") -> LoadResult:
    """Past the gate, which rightly dislikes random values."""
    frame = pd.DataFrame([(grid, "r", node, "load", *rest) for node, *rest in cells], columns=COLUMNS)
    return warehouse.deliver(frame, status)


# What counts, and what does not


def test_a_repeated_row_outlives_the_withdrawal_of_the_load_that_stored_it(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    first = load(write(tmp_path / "a.csv", grid, hours("n", 4)))
    second = load(write(tmp_path / "b.csv", grid, hours("n", 6)[2:]))
    assert counts(second) == (4, 2, 2, 0)
    shared_warehouse.set_status(first.load_id, "withdrawn")
    shared_warehouse.apply_loads()
    assert [row[3] for row in latest(shared_warehouse, grid)] == [3.0, 4.0, 5.0, 6.0]
    shared_warehouse.set_status(first.load_id, "accepted")
    shared_warehouse.set_status(second.load_id, "withdrawn")
    shared_warehouse.apply_loads()
    assert [row[3] for row in latest(shared_warehouse, grid)] == [1.0, 2.0, 3.0, 4.0]


def test_what_is_pending_held_or_withdrawn_is_in_no_mart_until_accepted(warehouse: Warehouse, grid: str) -> None:
    deliver(warehouse, grid, [*hours("n", 3), *hours("m", 3)])
    warehouse.build()
    before = published(warehouse)
    waiting = []
    for turn, status in enumerate((None, "held", "withdrawn"), 1):
        new = [("n", NOON + HOUR * (9 + turn), MORNING, 1.0), ("n", NOON, MORNING + HOUR * turn, 2.0)]
        correction = ("m", NOON, MORNING, 50.0 + turn)
        waiting.append(deliver(warehouse, grid, [*new, correction, *hours("m", 2)[1:]], status).load_id)
    warehouse.build()
    assert published(warehouse) == before
    for load_id in waiting:
        warehouse.set_status(load_id, "accepted")
    warehouse.build()
    assert len(revisions(warehouse, grid)) == 6 + 2 * 3
    assert ("m", NOON, MORNING, 53.0) in latest(warehouse, grid)
    for load_id in waiting:
        warehouse.set_status(load_id, "withdrawn")
    warehouse.build()
    assert published(warehouse) == before


def published(warehouse: Warehouse) -> dict[str, list[tuple]]:
    """Every mart row as JSON, but for the ledger and its copies, which show loads whatever they count as."""
    ledger = {"dim_load", "fct_load_events", "fct_measures_received"}
    found = warehouse.query(
        "select relname from pg_class where relnamespace = 'marts'::regnamespace and relkind in ('r', 'v', 'm')"
    )
    names = {name for (name,) in found}
    assert {"fct_measure_revisions", "fct_measures_latest", "warehouse_stats"} <= names
    rows = "select to_jsonb(mart) - array['loads_pending', 'loads_accepted', 'loads_held', 'loads_withdrawn'] from"
    return {name: sorted(warehouse.query(f'{rows} marts."{name}" as mart'), key=str) for name in names - ledger}


# Polling


@pytest.mark.parametrize(("files", "window"), [(60, 24), (12, 168)])
def test_a_file_that_repeats_its_last_hours_hardly_grows_the_warehouse_and_each_load_can_go(
    test_server: None, files: int, window: int
) -> None:
    """An hourly file of 40 series: each holds the publications of the last hours, one of them new."""
    parts = [polled(range(turn + 1, turn + window + 1)) for turn in range(files)]
    distinct = [parts[0], *(polled([turn + window]) for turn in range(1, files))]
    # Each in a database of its own, so that both pay for the first page of everything.
    with fresh_warehouse() as warehouse:
        grown_by_distinct, _ = growth(warehouse, distinct)
    with fresh_warehouse() as warehouse:
        grown, loads = growth(warehouse, parts)
        assert [counts(each)[1:3] for each in loads[1:]] == [(40, 40 * (window - 1))] * (files - 1)
        assert grown <= 1.1 * grown_by_distinct, f"{grown:,} bytes against {grown_by_distinct:,}"
        assert_each_load_can_go(warehouse, loads, parts)


@contextmanager
def fresh_warehouse() -> Iterator[Warehouse]:
    name = f"polled_{uuid.uuid4().hex[:12]}"
    with _database(name, None) as made:
        migrate()
        yield made
    drop_database(name)


def growth(warehouse: Warehouse, deliveries: list[Cells]) -> tuple[int, list[LoadResult]]:
    before = size(warehouse)
    loads = [deliver(warehouse, "polled", cells) for cells in deliveries]
    return size(warehouse) - before, loads


def polled(publications: Iterable[int]) -> Cells:
    return [
        (f"n{node}", NOON + HOUR * hour, MORNING + HOUR * hour, float(hour + node))
        for node in range(40)
        for hour in publications
    ]


def size(warehouse: Warehouse) -> int:
    """Bytes of all tables and indexes of schema raw."""
    return warehouse.query(
        "select sum(pg_total_relation_size(oid))::bigint from pg_class"
        " where relnamespace = 'raw'::regnamespace and relkind in ('r', 'p')"
    )[0][0]


VISIBLE = """
select count(*), count(distinct (series_id, interval_start, collected_at)), min(interval_start), max(interval_start)
from (
    select measures.series_id, measures.interval_start, measures.collected_at
    from raw.measures inner join raw.loads using (load_id)
    where status = 'accepted' and series_id in (select series_id from polled_series)
    union
    select measures.series_id, measures.interval_start, measures.collected_at
    from raw.redelivered_rows inner join raw.loads using (load_id)
    inner join raw.measures on row_ids @> row_id
    where status = 'accepted' and series_id in (select series_id from polled_series)
) as visible
"""


def assert_each_load_can_go(warehouse: Warehouse, loads: list[LoadResult], parts: list[Cells]) -> None:
    """Without any one load, what raw remembers is exactly what the other loads delivered."""
    with warehouse.connect(None, autocommit=False) as connection:
        connection.execute(
            "create temporary table polled_series as select series_id from raw.series join raw.nodes using (node_id)"
            " join raw.regions using (region_id) join raw.grids using (grid_id) where grid_name = 'polled'"
        )
        connection.commit()
        for place in range(len(loads)):
            connection.execute("update raw.loads set status = 'withdrawn' where load_id = %s", [loads[place].load_id])
            found = connection.execute(VISIBLE).fetchone()
            connection.rollback()
            others = {cell[:3] for part in parts[:place] + parts[place + 1 :] for cell in part}
            starts = [start for _, start, _ in others]
            assert found == (len(others), len(others), min(starts), max(starts))


# Partitions, several loads at a time


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


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_file_that_fails_does_not_stop_the_others(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path, jobs: int
) -> None:
    write(tmp_path / "1.csv", grid, hours("a", 2))
    (tmp_path / "2.csv").write_text("nothing,of,use\n1,2,3\n")
    write(tmp_path / "3.csv", grid, hours("b", 2))
    answer = CliRunner().invoke(app, ["ingest", str(tmp_path), "--create-missing", "--jobs", str(jobs), "--json"])
    assert answer.exit_code == 1
    found = json.loads(answer.stdout)
    assert [each["error"] is None for each in found] == [True, False, True]
    assert f"{tmp_path}/2.csv: the column" in found[1]["error"]
    assert [row[0] for row in stored(shared_warehouse, grid)] == ["a", "a", "b", "b"]


def test_a_dry_run_tells_what_would_happen_and_stores_nothing(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    load(write(tmp_path / "first.csv", grid, hours("n", 2)))
    waiting = deliver(shared_warehouse, grid, hours("waiting", 1), None).load_id
    new_month = datetime(1993, 1, 1, tzinfo=UTC)
    cells = [
        *hours("n", 4, value=2.0)[1:],
        ("new", new_month, new_month, 1.0),
        *hours("n", 1),
        ("n", "?", MORNING, 1.0),
    ]
    path = write(tmp_path / "second.csv", grid, cells)
    before, size_before = rows_in_raw(shared_warehouse), size(shared_warehouse)
    foreseen = load(path, dry_run=True, max_rejects=1)
    assert (foreseen.load_id, foreseen.status) == (None, "dry run")
    assert (rows_in_raw(shared_warehouse), size(shared_warehouse)) == (before, size_before)
    assert shared_warehouse.query("select status from raw.loads where load_id = %s", waiting) == [("pending",)]
    done = load(path, max_rejects=1)
    assert counts(done) == counts(foreseen) == (6, 4, 1, 1)
    assert done.rows_corrected == foreseen.rows_corrected == 1


def test_a_load_whose_process_died_before_its_gate_is_judged_by_the_next_ingest(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.csv", grid, hours("n", 2))
    script = (
        "import os, signal, sys, pathlib, loaders.ingest.pipeline as ingest\n"
        "ingest.gate_loads = lambda connection, ids: os.kill(os.getpid(), signal.SIGKILL) if ids else []\n"
        "ingest.ingest_files([pathlib.Path(sys.argv[1])], ingest.IngestOptions(format='long', create_missing=True))\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(path)], cwd=PROJECT_ROOT, env=os.environ)
    assert killed.returncode == -signal.SIGKILL
    told = "select why from raw.loads join raw.load_events using (load_id) where uri = %s order by event_id desc"
    assert shared_warehouse.query("select status from raw.loads where uri = %s", str(path)) == [("pending",)]
    load(write(tmp_path / "b.csv", grid, hours("m", 2)))
    assert shared_warehouse.query("select status from raw.loads where uri = %s", str(path)) == [("accepted",)]
    assert shared_warehouse.query(told, str(path))[0][0].startswith("gate: passed")
    assert load(path).already_stored


def test_a_file_that_changes_while_it_is_read_is_not_stored(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.csv", grid, hours("n", 2))
    before = rows_in_raw(shared_warehouse)
    (outcome,) = ingest(path, progress=lambda rows: write(path, grid, hours("n", 3)) and None)
    assert "changed while it was read. Nothing was stored" in outcome.error
    assert rows_in_raw(shared_warehouse) == before
