"""One read-only session on the marts, as an analyst, through Arrow."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from loaders.database.connection import connect, connection_info
from loaders.database.logins import ANALYST
from loaders.errors import WarehouseError
from warehouse.progress import show_progress

# One snapshot for all statements of a session, so that names and numbers belong together.
SETTINGS = {
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "repeatable read",
    "cursor_tuple_fraction": "1",  # what is read in parts is read to its end
}
ABSENT = {"3F000", "42P01", "42883", "42703"}  # SQLSTATE: no such schema, relation, function, column


class ReadError(WarehouseError):
    """The warehouse cannot answer: it is not up, not built, or was asked for something it does not have."""

    def _render_traceback_(self) -> list[str]:
        """What Jupyter shows in place of a traceback."""
        return [f"{type(self).__name__}: {self}"]


class Reader:
    """Answers SQL with Arrow tables, all from one snapshot. The values of a call are the parameters $1, $2, …"""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __call__(self, sql: str, *values: Any) -> pa.Table:
        """The whole result."""
        with self._connection.cursor() as cursor, show_progress():
            cursor.execute(sql, values or None)
            return cursor.fetch_arrow_table()

    def parts(self, rows: int, sql: str, *values: Any) -> Iterator[pa.Table]:
        """The result in tables of so many rows, never more than one of them in memory; at least one, maybe empty."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"declare answer no scroll cursor for {sql}", values or None)
            # The driver would wrap FETCH into COPY, which the server does not know.
            cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "false"})
            done, count = 0, rows
            while count == rows:
                with show_progress(f"reading from the warehouse, row {done + 1:,} on"):
                    cursor.execute(f"fetch forward {rows:d} from answer")
                    part = cursor.fetch_arrow_table()
                count = part.num_rows
                if count or not done:
                    yield part
                done += count
            cursor.execute("close answer")


@contextmanager
def open_reader() -> Iterator[Reader]:
    """A `Reader` on one snapshot; raises ReadError, in one sentence."""
    from adbc_driver_postgresql import dbapi

    with _opened(dbapi) as connection:
        try:
            yield Reader(connection)
        except dbapi.Error as error:
            raise ReadError(_explain(error)) from None


def _opened(dbapi: Any) -> Any:
    from psycopg.conninfo import make_conninfo

    try:
        parameters = connection_info(ANALYST).parameters("warehouse-notebooks", SETTINGS)
        try:
            return dbapi.connect(make_conninfo(**parameters))
        except dbapi.Error as error:
            connect(ANALYST).close()  # fails alike, and says in one sentence why
            raise ReadError(_explain(error)) from None
    except ReadError:
        raise
    except WarehouseError as error:
        raise ReadError(str(error)) from None


def _explain(error: Any) -> str:
    if error.sqlstate in ABSENT:
        return "The marts are not built here, or older than these functions; build them with: python -m loaders build"
    said = str(error).partition("ERROR:")[2] or str(error)
    return f"The warehouse could not answer ({' '.join(said.splitlines()[0].split())}); see: python -m loaders status"
