"""The files of an archived month: one Parquet file, which other programs read as it is, and a manifest."""

import json
import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from loaders.archive.archived_months import MEASURES_FILE, ArchivedMonth
from loaders.errors import ServerError
from loaders.files import atomic_write, file_sha256

# The underscore keeps Spark from reading it as data.
MANIFEST_FILE = "_manifest.json"
ROWS_OF_GROUP = 131_072
COMPRESSION_LEVEL = 9
STAMP = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        pa.field("series_id", pa.int32(), nullable=False),
        pa.field("load_id", pa.int32(), nullable=False),
        pa.field("row_id", pa.int64(), nullable=False),
        pa.field("value", pa.float64()),
        pa.field("interval_start", STAMP, nullable=False),
        pa.field("collected_at", STAMP, nullable=False),
    ]
)
SORTED_BY = ("series_id", "interval_start", "collected_at", "load_id")
# What repeats has a dictionary; row ids are differences to the one before. Spark, DuckDB and Polars read both.
DICTIONARIES = ["series_id", "load_id", "value", "interval_start", "collected_at"]
ENCODINGS = {"row_id": "DELTA_BINARY_PACKED"}
MULTIPLIERS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)


class RowSum:
    """The number of rows seen, and a sum over them that does not depend on their order."""

    def __init__(self) -> None:
        self.rows = 0
        self.total = 0

    def add(self, rows: pa.RecordBatch | pa.Table) -> None:
        """Add rows with the columns of SCHEMA."""
        numbers = np.zeros(rows.num_rows, dtype=np.uint64)
        for name in SCHEMA.names:
            column = rows[name]
            if name == "value":
                bits = np.asarray(column.fill_null(0.0).to_numpy(zero_copy_only=False)).view(np.uint64)
                bits = bits + np.asarray(column.is_null().to_numpy(zero_copy_only=False)).astype(np.uint64)
            else:
                bits = column.cast(pa.int64()).to_numpy(zero_copy_only=False).astype(np.uint64)
            numbers = _mixed(numbers * MULTIPLIERS[0] + bits * MULTIPLIERS[1])
        self.rows += rows.num_rows
        self.total = (self.total + int(numbers.sum(dtype=np.uint64))) % (1 << 64)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowSum) and (self.rows, self.total) == (other.rows, other.total)


def write_month(folder: Path, batches: Iterator[pa.RecordBatch], manifest: dict[str, Any]) -> dict[str, Any]:
    """Write the files of a month into a new folder, wait for the disk, and read them back.

    batches: sorted by SORTED_BY. Returns the manifest with what was written. Raises OSError and ServerError; the folder
    is incomplete then.
    """
    folder.mkdir(parents=True)
    path = folder / MEASURES_FILE
    written = RowSum()
    with pq.ParquetWriter(
        path,
        SCHEMA,
        compression="zstd",
        compression_level=COMPRESSION_LEVEL,
        use_dictionary=DICTIONARIES,
        column_encoding=ENCODINGS,
        sorting_columns=pq.SortingColumn.from_ordering(SCHEMA, [(name, "ascending") for name in SORTED_BY]),
        data_page_version="1.0",
    ) as writer:
        for table in _in_groups(batches):
            written.add(table)
            writer.write_table(table, row_group_size=ROWS_OF_GROUP)
    _wait_for_disk(path)
    read_back = RowSum()
    for batch in read_month(folder):
        read_back.add(batch)
    if read_back != written:
        raise ServerError(f"{path} does not hold what was written to it. Check that disk. Nothing was archived.")
    complete = {
        **manifest,
        "file": MEASURES_FILE,
        "rows": written.rows,
        "bytes": path.stat().st_size,
        "sha256": file_sha256(path),
        "sorted_by": list(SORTED_BY),
    }
    atomic_write(folder / MANIFEST_FILE, json.dumps(complete, indent=2) + "\n")
    _wait_for_disk(folder / MANIFEST_FILE)
    _wait_for_disk(folder)
    return complete


def publish_folder(unfinished: Path, folder: Path) -> None:
    """Give a complete folder its name, and wait until the disk has it. Raises OSError."""
    unfinished.rename(folder)
    _wait_for_disk(folder.parent)


def read_month(folder: Path) -> Iterator[pa.RecordBatch]:
    """Return the rows of an archived month in parts. Raises ServerError where the file is missing or damaged."""
    path = folder / MEASURES_FILE
    try:
        with pq.ParquetFile(path, memory_map=False) as file:
            for batch in file.iter_batches(batch_size=ROWS_OF_GROUP):
                yield batch.cast(SCHEMA)
    except (OSError, pa.ArrowInvalid) as error:
        raise ServerError(_unreadable(path, error)) from error


def require_intact(month: ArchivedMonth) -> None:
    """Raise ServerError unless the file of an archived month is there and is the one that was recorded."""
    path = month.path / MEASURES_FILE
    try:
        digest = file_sha256(path)
    except OSError as error:
        raise ServerError(_unreadable(path, error)) from error
    if digest != month.file_sha256:
        raise ServerError(
            f"{path} is not the file that was archived (its SHA-256 differs). Put the right one there from a backup."
        )


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a folder, or None where it has none that can be read."""
    try:
        manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) else None


def manifest_of(month: date, warehouse: str, content_hash: int) -> dict[str, Any]:
    """Return what a manifest says before its file is written."""
    return {
        "format": 1,
        "month": f"{month:%Y-%m}",
        "warehouse": warehouse,
        "content_hash": str(content_hash),
        "columns": "as raw.measures; times are UTC; names of series_id are in marts.dim_series",
    }


def remove_folder(folder: Path) -> None:
    """Delete a folder of a month; one that was already deleted is fine. Raises OSError."""
    if folder.exists():
        shutil.rmtree(folder)


def _unreadable(path: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return (
            f"The archived month {path.parent.name} is not at {path.parent}. Copy its folder there, or set"
            " WAREHOUSE_ARCHIVE to where the folders are."
        )
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is damaged"
    return f"{path} cannot be read ({reason}). Check its permissions, or copy it there from a backup."


def _in_groups(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Join batches to tables of one row group."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        waiting.append(batch.cast(SCHEMA))
        count += batch.num_rows
        while count >= ROWS_OF_GROUP:
            table = pa.Table.from_batches(waiting, SCHEMA)
            yield table.slice(0, ROWS_OF_GROUP)
            waiting = table.slice(ROWS_OF_GROUP).to_batches()
            count -= ROWS_OF_GROUP
    if count:
        yield pa.Table.from_batches(waiting, SCHEMA)


def _mixed(numbers: np.ndarray) -> np.ndarray:
    numbers = (numbers ^ (numbers >> np.uint64(31))) * MULTIPLIERS[2]
    return numbers ^ (numbers >> np.uint64(29))


def _wait_for_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
