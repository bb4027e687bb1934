"""Wait for builds, and tell the followers of the service what they changed."""

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from anyio import CapacityLimiter, to_thread
from warehouse.entities import SERIES_COLUMNS, read_catalog
from warehouse.live.mart_changes import CHANNEL, MartChange, newest_change, read_changes
from warehouse.session import open_reader

from loaders.database.connection import connection_info
from loaders.database.logins import ANALYST
from loaders.errors import WarehouseError
from loaders.service.parameters import StreamParameters
from loaders.service.problems import Problem

RECONNECT_SECONDS = 1.0
MAX_FOLLOWERS = 100
MAX_READERS = 4  # all followers wake at once; other requests need threads and database sessions too


class BuildListener:
    """Wakes the followers after each build. One connection for all of them, open while there are any."""

    def __init__(self) -> None:
        self._followers: set[asyncio.Event] = set()
        self._task: asyncio.Task[None] | None = None
        self._readers = CapacityLimiter(MAX_READERS)

    async def changes_since(self, number: int | None, parameters: StreamParameters) -> tuple[int, list[MartChange]]:
        """Read changes in a thread, a few followers at a time. See read_changes_since."""
        return await to_thread.run_sync(read_changes_since, number, parameters, limiter=self._readers)

    def refuse_if_full(self) -> None:
        """Raise Problem 503 when there are too many followers; to be called before the answer begins."""
        if len(self._followers) >= MAX_FOLLOWERS:
            raise Problem(503, "Too many clients follow the builds. Try again later.", headers={"Retry-After": "60"})

    @contextmanager
    def subscribe(self) -> Iterator[asyncio.Event]:
        """Yield an event that is set after each build."""
        event = asyncio.Event()
        self._followers.add(event)
        if self._task is None:
            self._task = asyncio.create_task(self._listen())
        try:
            yield event
        finally:
            self._followers.discard(event)
            if not self._followers and self._task is not None:
                self._task.cancel()
                self._task = None  # it ends later; the next follower needs another one

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(psycopg.OperationalError, WarehouseError):
                parameters = connection_info(ANALYST).parameters("warehouse-service")
                async with await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as connection:
                    await connection.execute(f"listen {CHANNEL}")
                    self._wake()  # a build may have ended while nobody listened
                    async for _ in connection.notifies():
                        self._wake()
            await asyncio.sleep(RECONNECT_SECONDS)

    def _wake(self) -> None:
        for event in self._followers:
            event.set()


def read_changes_since(number: int | None, parameters: StreamParameters) -> tuple[int, list[MartChange]]:
    """Return the number of the newest change, and the changes of the selected series and range after `number`.

    number: None for no changes, only those to come. Raises WarehouseError.
    """
    names = parameters.names()
    with open_reader() as read:
        ids = read_catalog(read, SERIES_COLUMNS).select(names).ids if names else None
        if number is None:
            return newest_change(read), []
        return read_changes(read, number, ids, parameters.start_datetime, parameters.end_datetime)


def event_data(change: MartChange) -> dict[str, Any]:
    """Return a change as clients see it."""
    first, last = (None if time is None else f"{time:%Y-%m-%dT%H:%M:%SZ}" for time in (change.first, change.last))
    return {
        "build_number": change.build_number,
        "series": "many" if change.series_ids is None else list(change.series_ids),
        "first_timestamp": first,
        "last_timestamp": last,
    }
