"""Read a few rows in few round trips: most of a short answer's time is waiting for the other side."""

import select
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg.types.numeric import Int8BinaryLoader

from warehouse.connection import NotFewRows
from warehouse.connections.settings import parameters

SLICE_ROWS = 5_000  # that are Python objects at once
# The server plans a query with so few series once for all; with more, the best plan depends on how many they are.
FEW_SERIES = 10
# PostgreSQL counts from 2000, Arrow from 1970.
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
EPOCH_MICROSECONDS = pa.scalar(int(EPOCH.timestamp()) * 10**6, pa.int64())
TIME = pa.timestamp("us", "UTC")
TYPES: dict[str, pa.DataType] = {
    "bool": pa.bool_(),
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "float8": pa.float64(),
    "text": pa.string(),
    "timestamptz": TIME,
}


class RowConnection:
    """A connection through psycopg. The result of a query with other types than TYPES is refused."""

    def __init__(self) -> None:
        self._connection: psycopg.Connection[Any] = psycopg.connect(
            **parameters(), autocommit=True, cursor_factory=psycopg.RawCursor
        )
        # As the numbers that the server sends.
        self._connection.adapters.register_loader("timestamptz", Int8BinaryLoader)
        types = self._connection.adapters.types
        self._types = {types[name].oid: kind for name, kind in TYPES.items()}
        self._time = types["timestamptz"].oid
        self._is_ending = False

    def begin(self, first_query: str) -> dict[str, Any]:
        """Start a transaction, and return the one row of its first query, in one round trip."""
        self._await_end()
        with self._connection.pipeline():
            self._connection.execute("begin", prepare=True)
            cursor = self._connection.execute(first_query, prepare=True, binary=True)
        return self._row(cursor)

    def end(self) -> None:
        """End the transaction, without waiting for the server's answer."""
        self._connection.pgconn.send_query(b"commit")
        self._connection.pgconn.flush()
        self._is_ending = True

    def roll_back(self) -> None:
        """End a transaction that failed."""
        self._await_end()
        self._connection.execute("rollback")

    def read(self, sql: str, values: tuple[Any, ...], use_copy: bool = True) -> pa.Table:
        """Return the whole result of a query. Raises NotFewRows."""
        prepared = all(len(value) <= FEW_SERIES for value in values if isinstance(value, pa.ListScalar))
        cursor = self._connection.execute(sql, [_parameter(value) for value in values], prepare=prepared, binary=True)
        return self._table(cursor)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _await_end(self) -> None:
        """Read the server's answer to the end of the former transaction."""
        if not self._is_ending:
            return
        self._is_ending = False
        server = self._connection.pgconn
        while True:
            while server.is_busy():
                select.select([server.socket], [], [])
                server.consume_input()
            if server.get_result() is None:
                return

    def _row(self, cursor: psycopg.Cursor[Any]) -> dict[str, Any]:
        return {
            column.name: EPOCH + timedelta(microseconds=value) if column.type_code == self._time else value
            for column, value in zip(cursor.description or [], cursor.fetchone() or (), strict=True)
        }

    def _table(self, cursor: psycopg.Cursor[Any]) -> pa.Table:
        columns = cursor.description or []
        schema = pa.schema([(column.name, self._arrow_type(column)) for column in columns])
        parts = []
        while rows := cursor.fetchmany(SLICE_ROWS):
            arrays = map(_array, zip(*rows, strict=True), schema.types)
            parts.append(pa.RecordBatch.from_arrays(list(arrays), schema=schema))
        return pa.Table.from_batches(parts, schema)

    def _arrow_type(self, column: psycopg.Column) -> pa.DataType:
        try:
            return self._types[column.type_code]
        except KeyError:
            names = ", ".join(TYPES)
            raise NotFewRows(
                f"{column.name} is of another type than {names}. Read it with an ArrowConnection."
            ) from None


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if kind != TIME:
        return pa.array(values, kind)
    return pc.add_checked(pa.array(values, pa.int64()), EPOCH_MICROSECONDS).view(kind)


def _parameter(value: Any) -> Any:
    """Return a value as psycopg sends it; ids as a text, whose type the server knows from where it is used."""
    if isinstance(value, pa.ListScalar):
        return (
            value.as_py() if pa.types.is_string(value.type.value_type) else f"{{{','.join(map(str, value.as_py()))}}}"
        )
    return value
