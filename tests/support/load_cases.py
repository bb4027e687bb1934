"""Small deliveries in the long format, and what raw and the marts hold of them."""

import csv
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from loaders.formats import ReadOptions
from loaders.ingest.pipeline import IngestOptions, IngestResult, ingest_files
from loaders.ingest.storage.store import LoadResult
from tests.support.warehouses import Warehouse

COLUMNS = ["grid", "region", "node", "metric", "interval_start", "collected_at", "value"]
HOUR = timedelta(hours=1)
NOON = datetime(2024, 3, 15, 12, tzinfo=UTC)
MORNING = NOON - 6 * HOUR
RAW_TABLES = "grids regions nodes metrics series loads load_events measures redelivered_rows rejected_rows gate_results"
WITHDRAWING = ReadOptions(blanks="withdrawn")
Cells = list[tuple[str, datetime, datetime, Any]]  # node, interval_start, collected_at, value


def write(path: Path, grid: str, cells: Cells) -> Path:
    """A file in the long format; an empty value withdraws."""
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
    return ingest_files(
        list(paths),
        IngestOptions(format="long", **{"create_missing": True, "read": WITHDRAWING, **how}),
        jobs,
        progress,
    )


def load(path: Path, **how: Any) -> LoadResult:
    (outcome,) = ingest(path, **how)
    assert outcome.error is None, outcome.error
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


def deliver(warehouse: Warehouse, grid: str, cells: Cells, status: str | None = "accepted") -> LoadResult:
    """Past the gate, which rightly dislikes random values."""
    frame = pd.DataFrame([(grid, "r", node, "load", *rest) for node, *rest in cells], columns=COLUMNS)
    return warehouse.deliver(frame, status)


def deliver_hours(warehouse: Warehouse, count: int = 5, node: str = "N") -> None:
    """One node, as many hours, each collected when it begins."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    deliver(warehouse, "G", [(node, hour, hour, float(n)) for n in range(count) for hour in [start + n * HOUR]])


def size(warehouse: Warehouse) -> int:
    """Bytes of all tables and indexes of schema raw."""
    return warehouse.query(
        "select sum(pg_total_relation_size(oid))::bigint from pg_class"
        " where relnamespace = 'raw'::regnamespace and relkind in ('r', 'p')"
    )[0][0]
