"""A file name that is used again for other content: the load says that its values may be hindsight."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loaders.formats import ReadOptions
from tests.support.load_cases import ingest
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.sql

PATTERN = {"collected_at_pattern": "load_%Y%m%d", "time_zone": "UTC"}


def write(path: Path, grid: str, value: int) -> Path:
    path.write_text(f"grid,region,node,metric,interval_start,value\n{grid},r,n,load,2024-05-01T00:00Z,{value}\n")
    return path


def test_a_replaced_file_is_reported_and_its_time_of_change_may_be_taken(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "load_20240501.csv", grid, 100)
    [first] = ingest(path, read=ReadOptions(**PATTERN))
    assert not any("same file name" in notice for notice in first.result.notices)
    write(path, grid, 120)
    [second] = ingest(path, read=ReadOptions(**PATTERN))
    assert any(f"load {first.result.load_id} has the same file name" in notice for notice in second.result.notices)
    write(path, grid, 130)
    changed = datetime(2024, 5, 22, 6, tzinfo=UTC)
    os.utime(path, (changed.timestamp(), changed.timestamp()))
    [third] = ingest(path, read=ReadOptions(collected_at_mtime=True))
    query = "select collected_at from raw.measures where load_id = %s"
    assert shared_warehouse.query(query, third.result.load_id) == [(changed,)]
