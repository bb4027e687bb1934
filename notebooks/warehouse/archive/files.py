"""Which months of a range are archived, where their files are, and what of the range is in the tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import pandas as pd

from loaders.archive.archived_months import MEASURES_FILE, month_folder
from loaders.database.sql_files import read_sql
from loaders.files import file_sha256
from warehouse.errors import UnavailableError
from warehouse.session import Reader

TimeRange = tuple[pd.Timestamp | None, pd.Timestamp | None]


@dataclass(frozen=True)
class ArchivedRange:
    """The part of a range that is in one archived month."""

    path: Path
    sha256: str
    start: pd.Timestamp
    end: pd.Timestamp


def archived_ranges(read: Reader, within: TimeRange, from_raw: bool) -> list[ArchivedRange]:
    """Return what of a range is archived, in order. from_raw: the tables of the marts are not needed for the answer."""
    if not read.has_archive:
        return []
    start, end = within
    rows = read(read_sql("warehouse", "archived_months"), _for_sql(start), _for_sql(end), from_raw).to_pylist()
    return [
        ArchivedRange(
            month_folder(row["folder"]) / MEASURES_FILE,
            row["file_sha256"],
            _later(start, row["month_start"]),
            _earlier(end, row["month_end"]),
        )
        for row in rows
    ]


def ranges_in_tables(within: TimeRange, archived: Sequence[ArchivedRange]) -> list[TimeRange]:
    """Return what of a range is not archived, in order."""
    start, end = within
    ranges: list[TimeRange] = []
    for part in archived:
        if start is None or start < part.start:
            ranges.append((start, part.start))
        start = part.end
    if end is None or start is None or start < end:
        ranges.append((start, end))
    return ranges


def require_file(part: ArchivedRange) -> str:
    """Return the path of an archived month's file. Raises UnavailableError where it is missing or another one."""
    try:
        status = part.path.stat()
        digest = _sha256(part.path, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise UnavailableError(
            f"The intervals from {part.start:%Y-%m-%d} on are archived, and {part.path} cannot be read here"
            f" ({error.strerror}). Make it readable, set WAREHOUSE_ARCHIVE to its folder, or read over HTTP."
        ) from None
    if digest != part.sha256:
        raise UnavailableError(
            f"{part.path} is not the file that was archived (its SHA-256 differs). Restore it from a backup."
        )
    return str(part.path)


@lru_cache(maxsize=1000)
def _sha256(path: Path, changed_ns: int, size: int) -> str:
    return file_sha256(path)


def _for_sql(time: pd.Timestamp | None) -> object:
    return None if time is None else time.floor("us").to_pydatetime()


def _later(time: pd.Timestamp | None, other: datetime) -> pd.Timestamp:
    bound = pd.Timestamp(other)
    return bound if time is None or time < bound else time


def _earlier(time: pd.Timestamp | None, other: datetime) -> pd.Timestamp:
    bound = pd.Timestamp(other)
    return bound if time is None or time > bound else time
