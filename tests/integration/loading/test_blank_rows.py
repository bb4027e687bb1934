"""A row without a value states nothing: it is counted, withdraws no value and is no reject."""

from datetime import timedelta
from pathlib import Path

import pandas as pd

from loaders import ledger, load_frame
from loaders.formats import ReadOptions
from tests.support.load_cases import HOUR, MORNING, NOON, Cells, ingest, load, stored, write
from tests.support.warehouses import Warehouse

CELLS: Cells = [("n", NOON, MORNING, 1.0), ("n", NOON + HOUR, MORNING, None), ("n", NOON + 2 * HOUR, MORNING, "-")]


def test_a_blank_value_is_counted_and_neither_stored_nor_rejected(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    result = load(write(tmp_path / "a.csv", grid, CELLS), read=ReadOptions())
    assert (result.rows_read, result.rows_inserted, result.rows_blank, result.rows_rejected) == (3, 1, 2, 0)
    assert [row[3] for row in stored(shared_warehouse, grid)] == [1.0]
    with shared_warehouse.connect() as connection:
        entry = ledger.entry(connection, result.load_id)
    assert (entry.rows_blank, len(entry.notices)) == (2, 1)
    assert "time zone UTC" in entry.notices[0]


def test_what_the_caller_calls_withdrawn_is_stored_as_null(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    [outcome] = ingest(write(tmp_path / "a.csv", grid, CELLS))
    assert (outcome.result.rows_inserted, outcome.result.rows_blank) == (3, 0)
    assert [row[3] for row in stored(shared_warehouse, grid)] == [1.0, None, None]


def test_a_file_of_blanks_is_a_load_without_rows(shared_warehouse: Warehouse, grid: str, tmp_path: Path) -> None:
    result = load(write(tmp_path / "a.csv", grid, CELLS[1:]), read=ReadOptions())
    assert (result.status, result.rows_read, result.rows_blank) == ("accepted", 2, 2)


def test_nan_in_a_frame_states_nothing(shared_warehouse: Warehouse, grid: str) -> None:
    frame = pd.DataFrame({"interval_start": [NOON, NOON + HOUR], "value": [1.0, float("nan")]}).assign(
        grid=grid, region="r", node="n", metric="load", collected_at=MORNING
    )
    assert load_frame(frame, source="test", create_missing=True).result.rows_blank == 1
    later = frame.assign(collected_at=MORNING + timedelta(minutes=1))
    assert load_frame(later, source="test", blanks="withdrawn").result.rows_inserted == 2
