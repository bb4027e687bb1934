"""Read tiny files of publishers by their descriptions, and compare what would be stored."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from loaders.formats import ReadOptions, format_named

COLLECTED_AT = datetime(2025, 1, 1, tzinfo=UTC)
Stored = tuple[str, str, str, float]


def read_rows(name: str, path: Path, **options: object) -> list[dict]:
    """Read a file as rows of the canonical batch."""
    return [row for batch in format_named(name).read(path, ReadOptions(**options)) for row in batch.to_pylist()]


def read_frame_rows(name: str, table: pa.Table, **options: object) -> list[dict]:
    """Read a table in memory as rows of the canonical batch."""
    batches = format_named(name).read_frame(table, "frame", ReadOptions(**options))
    return [row for batch in batches for row in batch.to_pylist()]


def stored(rows: Iterable[dict]) -> list[Stored]:
    """Return (node, metric, start in UTC, value) of rows that would be stored; no row may be rejected."""
    rows = list(rows)
    assert {row["reason"] for row in rows} <= {None, "blank"}
    return sorted(
        (row["node"], row["metric"], f"{row['interval_start']:%Y-%m-%dT%H:%M}", row["value"])
        for row in rows
        if row["reason"] is None
    )


def blanks(rows: Iterable[dict]) -> int:
    """Return how many rows state nothing."""
    return sum(row["reason"] == "blank" for row in rows)
