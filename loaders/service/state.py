"""One connection of the analyst that states whether anything changed in the database, and looks up keys.

The state is PostgreSQL's own snapshot: as long as it is the same, no transaction that writes has started or ended, so
every answer is the same. It costs one round trip, and it can never be wrong about the marts, the registry, the ledger
or the keys.
"""

import asyncio
from typing import Any

import psycopg
from warehouse.errors import UnavailableError

from loaders.database.api_keys import FIND_KEY, FoundKey
from loaders.database.connection import connection_info
from loaders.database.logins import ANALYST
from loaders.messages import one_line
from loaders.settings import Settings, settings

READ_STATE = "select pg_current_snapshot()::text"
SERVER_IDENTITY = "select current_database(), pg_postmaster_start_time()::text"
CONNECT_SECONDS = 5


class DatabaseState:
    """Reads the state of the database that the settings name, as the read functions do.

    Opens its connection at the first read, and again after the server was away or the settings name another database.
    """

    def __init__(self) -> None:
        self._target: Settings | None = None
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._server = ""
        self._lock = asyncio.Lock()
        self._keys: dict[bytes, FoundKey | None] = {}
        self._state_of_keys = ""

    async def read(self) -> str:
        """Return a text that differs whenever an answer may differ. Raises UnavailableError."""
        [(snapshot,)] = await self._run(READ_STATE)
        return f"{self._server} {snapshot}"

    async def find_key(self, key_hash: bytes, state: str) -> FoundKey | None:
        """Return the key with this hash as of a state. Raises UnavailableError."""
        if state != self._state_of_keys or len(self._keys) > 1000:
            self._keys, self._state_of_keys = {}, state
        if key_hash not in self._keys:
            rows = await self._run(FIND_KEY, [key_hash])
            self._keys[key_hash] = FoundKey(*rows[0]) if rows else None
        return self._keys[key_hash]

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _run(self, query: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        async with self._lock:
            try:
                try:
                    return await self._execute(query, parameters)
                except psycopg.OperationalError:
                    await self.close()
                    return await self._execute(query, parameters)  # on a new connection
            except psycopg.Error as error:
                await self.close()
                raise UnavailableError(f"The database cannot be used ({one_line(error)}). Try again soon.") from None

    async def _execute(self, query: str, parameters: list[Any] | None) -> list[tuple[Any, ...]]:
        if self._target != settings():
            await self.close()
        if self._connection is None:
            self._target = settings()
            limits = {"connect_timeout": CONNECT_SECONDS}
            self._connection = await psycopg.AsyncConnection.connect(
                **(connection_info(ANALYST).parameters("warehouse-service") | limits), autocommit=True
            )
            row = await (await self._connection.execute(SERVER_IDENTITY)).fetchone()
            self._server = " ".join(row or ())
        return await (await self._connection.execute(query, parameters)).fetchall()
