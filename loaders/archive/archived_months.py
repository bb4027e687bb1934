"""The months that are archived, as raw.archived_months lists them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import class_row

from loaders.database.sql_files import read_sql
from loaders.errors import UsageError
from loaders.settings import settings

MEASURES_FILE = "measures.parquet"


@dataclass(frozen=True)
class ArchivedMonth:
    """One row of raw.archived_months. month: its first day (UTC); restored_at: when its rows came back into raw."""

    month: date
    folder: str
    row_count: int
    content_hash: int
    file_bytes: int
    file_sha256: str
    who: str
    archived_at: datetime
    restored_at: datetime | None

    @property
    def path(self) -> Path:
        """The folder of the month's files."""
        return month_folder(self.folder)


def month_folder(recorded: str) -> Path:
    """Return where the folder of an archived month is now. WAREHOUSE_ARCHIVE names another root than the recorded."""
    root = settings().archive
    return Path(recorded) if root is None else root.expanduser().resolve() / Path(recorded).name


def archive_root() -> Path:
    """Return the folder that months are archived to."""
    return (settings().archive or settings().home / "archive").expanduser().resolve()


def read_archived(connection: psycopg.Connection[Any], months: Iterable[date] | None = None) -> list[ArchivedMonth]:
    """Return the archived months in order; all, or those of some first-of-month dates."""
    with connection.cursor(row_factory=class_row(ArchivedMonth)) as cursor:
        query = read_sql("loaders.archive", "archived_months")
        return cursor.execute(query, {"months": None if months is None else list(months)}).fetchall()


def parse_month(text: str) -> date:
    """Return the first day of a month such as 2024-01. Raises UsageError."""
    match = re.fullmatch(r"(\d{4})-(\d{2})", text.strip())
    if match is None or not 1 <= int(match[2]) <= 12 or int(match[1]) == 0:
        raise UsageError(f"{text} is not a month. Write it like 2024-01.")
    return date(int(match[1]), int(match[2]), 1)


def next_month(month: date) -> date:
    """Return the first day of the month after it."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def starts_at(month: date) -> datetime:
    """Return when a month begins, in UTC."""
    return datetime(month.year, month.month, 1, tzinfo=UTC)


def name_months(months: Sequence[date]) -> str:
    """Return months for people: `2023-01 to 2023-12`, or each of them where some between are missing."""
    ordered = sorted(months)
    if len(ordered) > 2 and all(next_month(month) == after for month, after in pairwise(ordered)):
        return f"{ordered[0]:%Y-%m} to {ordered[-1]:%Y-%m}"
    return ", ".join(f"{month:%Y-%m}" for month in ordered)
