"""Wait for changes of the marts, and read what they are.

A build notifies the channel warehouse_marts in the transaction that publishes its rows. A notification only wakes the
listener: what changed is read from the database, by the number of the last change that was seen. So nothing is missed
while the server restarts.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from loaders.database.connection import connect
from loaders.database.logins import ANALYST
from loaders.errors import WarehouseError
from warehouse.query import to_sql_timestamp, warehouse_sql
from warehouse.session import Reader

CHANNEL = "warehouse_marts"
NEWEST = "select ledger.newest_mart_change() as newest"
RECONNECT_SECONDS = 1.0
CHECK_SECONDS = 30.0  # a connection that was lost without a trace is found after that time


@dataclass(frozen=True)
class MartChange:
    """One change of the marts.

    number: of the change. build_number: None where dbt was run without the loaders. series_ids: None for many or all.
    first and last: the interval_start of the first and the last interval that changed, None for any.
    """

    number: int
    build_number: int | None
    series_ids: tuple[int, ...] | None
    first: datetime | None
    last: datetime | None


def newest_change(read: Reader) -> int:
    """Return the number of the newest change."""
    return int(read(NEWEST)["newest"][0].as_py())


def read_changes(
    read: Reader, since: int, series_ids: Any, start: Any = None, end: Any = None
) -> tuple[int, list[MartChange]]:
    """Return the number of the newest change, and the changes after `since` in these series and [start, end).

    series_ids: an Arrow list, or None for all.
    """
    rows = read(warehouse_sql("mart_changes"), since, series_ids, to_sql_timestamp(start), to_sql_timestamp(end))
    changes = [
        MartChange(
            row["change_number"],
            row["build_number"],
            None if row["series_ids"] is None else tuple(row["series_ids"]),
            row["first_interval_start"],
            row["last_interval_start"],
        )
        for row in rows.to_pylist()
        if row["change_number"] is not None
    ]
    return int(rows["newest_number"][0].as_py()), changes


class MartListener:
    """A connection of its own that waits for notifications. Connects at the first wait, and again when it is lost.

    on_lost: called each time that the server cannot be reached.
    """

    def __init__(self, on_lost: Callable[[], None] = lambda: None) -> None:
        self._on_lost = on_lost
        self._connection: psycopg.Connection[Any] | None = None
        self._stopped = threading.Event()

    def __enter__(self) -> "MartListener":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Let the wait of another thread end at its next look, and make no connection any more."""
        self._stopped.set()

    def wait(self, seconds: float | None) -> bool:
        """Return True when something may have changed, False after that time or once it was stopped. None: no limit."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while not self.is_stopped:
            left = CHECK_SECONDS if deadline is None else min(CHECK_SECONDS, deadline - time.monotonic())
            if left <= 0:
                return False
            try:
                if self._connection is None:
                    self._connect()
                    return True  # what was sent before is not repeated
                for _ in self._connection.notifies(timeout=left, stop_after=1):
                    return True
                # Fails where the connection was lost. It keeps a notification that comes with the answer.
                self._connection.execute("select")
            except (psycopg.Error, WarehouseError):
                self.close()
                self._on_lost()
                time.sleep(min(RECONNECT_SECONDS, left))
        return False

    def _connect(self) -> None:
        self._connection = connect(ANALYST, autocommit=True)
        self._connection.execute(f"listen {CHANNEL}")
