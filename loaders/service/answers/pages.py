"""Pages of an answer: a cursor has the position, and what the first page was read of.

Later pages continue the answer of the first one, also when a build ran meanwhile: then they are read as of the system
time that the first page stood for.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from warehouse.session import open_reader

from loaders.database.sql_files import read_sql
from loaders.service.problems import Problem

EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
NOT_A_CURSOR = "The cursor is not valid. Take it from the Link header of the page before, with the same parameters."


@dataclass(frozen=True)
class Position:
    """The last row of a page, and which loads its answer was read of: a hash of them, and their system time."""

    series_id: int
    interval_start: datetime
    applied_loads: int
    loaded: datetime

    def to_cursor(self, question: str) -> str:
        """Return the position as a text for the client."""
        times = ((time - EPOCH) // MICROSECOND for time in (self.interval_start, self.loaded))
        values = [hashlib.sha256(question.encode()).hexdigest()[:12], self.series_id, *times, str(self.applied_loads)]
        return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")

    @classmethod
    def from_cursor(cls, cursor: str, question: str) -> "Position":
        """Read a cursor. Raises Problem 422 where it is not one of this question."""
        try:
            text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            hashed, series_id, start, loaded, applied = json.loads(text)
            position = cls(int(series_id), _time(start), int(applied), _time(loaded))
        except (ValueError, TypeError, OverflowError, binascii.Error):
            raise Problem(422, NOT_A_CURSOR) from None
        is_in_range = 0 < position.series_id < 2**31 and -(2**63) <= position.applied_loads < 2**63
        if not is_in_range or hashed != hashlib.sha256(question.encode()).hexdigest()[:12]:
            raise Problem(422, NOT_A_CURSOR)
        return position


def read_page(
    read: Callable[..., pa.Table], question: str, cursor: str | None, limit: int
) -> tuple[pa.Table, str | None]:
    """Return one page, and the cursor of the next one if there is one.

    read: takes `after`, `limit` and `loaded`, and returns rows in the order of series_id and interval_start.
    """
    position = None if cursor is None else Position.from_cursor(cursor, question)
    with open_reader() as reader:  # one snapshot for both
        current = reader(read_sql("loaders.service", "applied_loads")).to_pylist()[0]
        applied_loads, loaded = current["applied_loads"], current["loaded"]
        options: dict[str, Any] = {}
        if position is not None:
            options["after"] = (position.series_id, position.interval_start)
            if position.applied_loads != applied_loads:
                applied_loads, loaded = position.applied_loads, position.loaded
                options["loaded"] = loaded
        rows = read(limit=limit + 1, into="arrow", **options)
    if rows.num_rows <= limit:
        return rows, None
    rows = rows.slice(0, limit)
    series_id, start = rows["series_id"][limit - 1].as_py(), rows["interval_start"][limit - 1].as_py()
    return rows, Position(series_id, start, applied_loads, loaded).to_cursor(question)


def _time(microseconds: Any) -> datetime:
    return EPOCH + int(microseconds) * MICROSECOND
