"""Loads into distributed tables: each row once, all accounted for, completely or not at all."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loaders.ingest.storage.temporary_tables import MIN_ROWS_TO_STAGE
from tests.support.cluster_nodes import NODES, connect_to
from tests.support.load_cases import (
    HOUR,
    MORNING,
    NOON,
    counts,
    deliver,
    hours,
    ingest,
    load,
    locked,
    refusal,
    stored,
    write,
)
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.citus
NODES_OF_THE_GRID = "abcdefgh"  # eight series, so that each of the four shards has some


def cells(count: int, first: datetime = NOON, value: float = 1.0) -> list:
    return [cell for node in NODES_OF_THE_GRID for cell in hours(node, count, first, value)]


def sound(warehouse: Warehouse) -> bool:
    """The ledger counts what is stored, and no load left rows between its statements."""
    differing = warehouse.query(
        "with stored as materialized (select load_id, count(*) as row_count from raw.measures group by load_id)"
        " select loads.load_id from raw.loads left join stored on loads.load_id = stored.load_id"
        " where loads.rows_inserted <> coalesce(stored.row_count, 0)"
    )
    return differing == [] and warehouse.query("select count(*) from raw.staged_rows") == [(0,)]


def test_a_load_a_repeated_one_and_a_correction(distributed: Warehouse, grid: str, tmp_path: Path) -> None:
    first = load(write(tmp_path / "a.csv", grid, cells(5)))
    assert counts(first) == (40, 40, 0, 0)
    assert load(write(tmp_path / "again.csv", grid, cells(5))).already_stored
    repeated = load(write(tmp_path / "b.csv", grid, cells(7)))
    assert counts(repeated) == (56, 16, 40, 0)
    corrected = load(write(tmp_path / "c.csv", grid, [*cells(2)[1:], ("a", NOON, MORNING, 50.0)]))
    assert (counts(corrected), corrected.rows_corrected) == ((16, 1, 15, 0), 1)
    assert [row[3] for row in stored(distributed, grid) if row[:2] == ("a", NOON)] == [1.0, 50.0]
    row_ids = distributed.query(
        "select max(row_id) - min(row_id) + 1, count(distinct row_id), count(*) from raw.measures where load_id = %s",
        first.load_id,
    )
    assert row_ids == [(40, 40, 40)]
    assert sound(distributed)


def test_rows_that_the_nodes_number_have_the_ids_of_one_server(
    distributed: Warehouse, grid: str, tmp_path: Path
) -> None:
    """In the order of series, interval and collection time, without a gap; also where they lie between stored rows."""
    for place, first in enumerate((NOON + 2000 * HOUR, NOON)):
        result = load(write(tmp_path / f"{place}.csv", grid, cells(2000, first=first)[::-1]))
        assert result.rows_inserted == 16_000 >= MIN_ROWS_TO_STAGE
        misnumbered = distributed.query(
            "select count(*) from (select row_id, min(row_id) over () - 1 + row_number() over"
            " (order by series_id, interval_start, collected_at) as expected from raw.measures where load_id = %s)"
            " as numbered where row_id <> expected",
            result.load_id,
        )
        assert misnumbered == [(0,)]
    assert sound(distributed)


def test_a_value_is_withdrawn_and_a_load_too(distributed: Warehouse, grid: str) -> None:
    deliver(distributed, grid, cells(2))
    withdrawn = deliver(distributed, grid, [("a", NOON, MORNING + HOUR, None)])
    assert counts(withdrawn) == (1, 1, 0, 0)
    assert [row[3] for row in stored(distributed, grid) if row[:2] == ("a", NOON)] == [1.0, None]
    distributed.set_status(withdrawn.load_id, "withdrawn")
    distributed.set_status(withdrawn.load_id, "accepted")
    events = distributed.query(
        "select status from raw.load_events where load_id = %s order by event_id", withdrawn.load_id
    )
    assert [status for (status,) in events] == ["pending", "accepted", "withdrawn", "accepted"]


def test_rows_that_come_twice_in_a_file_are_counted_and_two_values_are_rejected(
    distributed: Warehouse, grid: str, tmp_path: Path
) -> None:
    twice = [*cells(3), ("a", NOON, MORNING, 1.0), ("b", NOON, MORNING, 9.0)]
    result = load(write(tmp_path / "a.csv", grid, twice))
    assert counts(result) == (26, 23, 1, 2)
    assert sound(distributed)


def test_a_dry_run_counts_and_stores_nothing(distributed: Warehouse, grid: str, tmp_path: Path) -> None:
    load(write(tmp_path / "a.csv", grid, cells(2)))
    assert counts(load(write(tmp_path / "b.csv", grid, cells(3)), dry_run=True)) == (24, 8, 16, 0)
    assert len(stored(distributed, grid)) == 16
    assert sound(distributed)


def test_overlapping_files_loaded_at_once_store_each_row_once(
    distributed: Warehouse, grid: str, tmp_path: Path
) -> None:
    load(write(tmp_path / "names.csv", grid, cells(1, first=NOON - HOUR, value=0.0)))
    paths = [
        write(tmp_path / f"{turn}.csv", grid, [(n, s, c, v) for n, s, c, v in cells(12) if turn <= v - 1 < turn + 8])
        for turn in range(3)
    ]
    with ThreadPoolExecutor(1) as pool, locked(distributed, "access exclusive") as wait_for:
        running = pool.submit(ingest, *paths, jobs=3)
        wait_for(3)
    results = [outcome.result for outcome in running.result()]
    assert sum(result.rows_inserted for result in results) == 8 * 10
    assert sum(result.rows_duplicate for result in results) == 8 * 14
    assert len(stored(distributed, grid)) == 8 * 11
    assert sound(distributed)


def lose_workers(warehouse: Warehouse) -> Callable[[int], None]:
    """Return a progress function that ends the sessions on the workers when all rows are stored, before the commit."""
    workers = warehouse.query(NODES)[1:]

    def progress(rows: int) -> None:
        if rows:
            return
        for worker in workers:
            with connect_to(worker, warehouse.name) as operator:
                operator.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and usename = 'warehouse_loader'"
                )

    return progress


def test_a_load_that_loses_its_workers_stores_nothing(distributed: Warehouse, grid: str, tmp_path: Path) -> None:
    load(write(tmp_path / "a.csv", grid, cells(1)))
    path = write(tmp_path / "b.csv", grid, cells(4))
    (outcome,) = ingest(path, progress=lose_workers(distributed))
    assert outcome.result is None or outcome.result.rows_inserted == 24  # tried again by itself, it may succeed
    assert len(stored(distributed, grid)) in (8, 32)
    assert sound(distributed)
    load(path)
    assert len(stored(distributed, grid)) == 32
    assert sound(distributed)


def test_a_new_month_is_distributed_like_the_others(distributed: Warehouse, grid: str) -> None:
    deliver(distributed, grid, cells(2, first=datetime(1993, 5, 1, tzinfo=UTC)))
    colocated = distributed.query(
        "select count(distinct colocationid), count(*) from pg_dist_partition"
        " where logicalrelid in ('raw.measures'::regclass, 'raw.measures_1993_05'::regclass)"
    )
    assert colocated == [(1, 2)]
    assert len(stored(distributed, grid)) == 16


def test_the_rows_of_one_series_are_read_from_one_shard(distributed: Warehouse, grid: str, tmp_path: Path) -> None:
    load(write(tmp_path / "a.csv", grid, cells(2)))
    plan = distributed.query("explain select * from raw.measures where series_id = 1")
    assert any("Task Count: 1" in line for (line,) in plan)


def test_a_file_with_too_many_rejects_is_refused(distributed: Warehouse, grid: str, tmp_path: Path) -> None:
    bad = [("a", NOON + HOUR * hour, MORNING, "much") for hour in range(5)]
    assert "rejected" in refusal(write(tmp_path / "a.csv", grid, [*cells(1), *bad]))
    assert stored(distributed, grid) == []


def test_a_load_that_breaks_a_rule_is_held_and_its_rows_are_flagged(
    distributed: Warehouse, grid: str, tmp_path: Path
) -> None:
    flat = [(node, NOON + HOUR * hour, MORNING, 5.0) for node in NODES_OF_THE_GRID for hour in range(72)]
    (outcome,) = ingest(write(tmp_path / "a.csv", grid, flat))
    assert (outcome.error, outcome.result.status) == (None, "held")
    flagged = distributed.query("select count(*) from raw.flagged_rows where load_id = %s", outcome.result.load_id)
    assert flagged[0][0] > 0
