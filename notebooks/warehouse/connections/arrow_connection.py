"""Read any number of rows as Arrow, without a Python object for each value."""

from typing import Any

import pyarrow as pa

from warehouse.connections.literals import can_be_literals, with_literals
from warehouse.connections.settings import parameters

# The driver can let rows come as COPY, one part after the other, only for a query without parameters. With parameters
# the whole result is in memory before the first row is read, which is sooner for short answers.
MANY_SERIES = 100


class ArrowConnection:
    """A connection through ADBC. The driver sends several messages around each query, and waits for each answer."""

    def __init__(self) -> None:
        from adbc_driver_postgresql import dbapi
        from psycopg.conninfo import make_conninfo

        self._connection = dbapi.connect(make_conninfo(**parameters()), autocommit=True)

    def begin(self, first_query: str) -> dict[str, Any]:
        """Start a transaction, and return the one row of its first query."""
        # Not with "begin": the driver would end that transaction after each query with a time among its values.
        self._connection.adbc_connection.set_autocommit(False)
        [row] = self.read(first_query, (), use_copy=False).to_pylist()
        return dict(row)

    def end(self) -> None:
        """End the transaction, in one round trip."""
        self._connection.adbc_connection.set_autocommit(True)

    def roll_back(self) -> None:
        """End a transaction that failed."""
        self._connection.adbc_connection.rollback()
        self.end()

    def read(self, sql: str, values: tuple[Any, ...], use_copy: bool = True) -> pa.Table:
        """Return the whole result of a query."""
        if use_copy and _is_about_many(values) and can_be_literals(values):
            sql, values = with_literals(sql, values), ()
        with self._connection.cursor() as cursor:
            if not use_copy:  # which is faster for a row, and cannot carry FETCH
                cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "false"})
            cursor.execute(sql, values or None)
            try:
                return cursor.fetch_arrow_table()
            except OSError as error:  # what Arrow makes of a connection that was lost while rows came
                raise _connection_lost(error) from None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _is_about_many(values: tuple[Any, ...]) -> bool:
    return any(len(value) > MANY_SERIES for value in values if isinstance(value, pa.ListScalar))


def _connection_lost(error: OSError) -> Exception:
    from adbc_driver_manager import AdbcStatusCode
    from adbc_driver_postgresql import dbapi

    lost: Exception = dbapi.OperationalError(str(error), status_code=AdbcStatusCode.IO, sqlstate="08006")
    return lost
