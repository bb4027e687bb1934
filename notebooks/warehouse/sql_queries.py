"""Run a query of one's own as the analyst, in the session of the read functions."""

import re
from typing import Any

import pandas as pd
import pyarrow as pa

from loaders.messages import one_line
from warehouse.connection import table_over_http
from warehouse.errors import ReadError
from warehouse.requests.arguments import FORMS, Form, check_choice
from warehouse.session import Reader, open_chunks, open_reader

TYPE_NAME = b"ADBC:postgresql:typname"
SELECT = re.compile(r"(?:\s|\(|--[^\n]*\n|/\*.*?\*/)*(?:select|with|values|table)\b", re.IGNORECASE | re.DOTALL)
CONNECTION_LOST = ("08", "57")  # classes of SQLSTATE that are not about the query


def sql(query: str, *values: Any, into: Form = "pandas") -> Any:
    """Return the result of one select over the marts.

    The login may read the marts only, and the transaction is read-only. All relations are in `docs/reference/marts.md`.

    Example:
        >>> wh.sql("select grid_name from marts.dim_grid where time_zone = $1", "Europe/Berlin").columns.tolist()
        ['grid_name']

    Returns:
        The rows with the columns of the query. Times are tz-aware UTC; numeric becomes a float.

    Args:
        query: One select, with $1, $2 and so on where the values go.
        *values: The values, which are sent apart from the query: texts, numbers, booleans, times, or lists of these.
        into: "pandas", "polars" or "arrow".

    Raises:
        ReadError: The database refuses the query, or the warehouse is not running.
    """
    form = check_choice("form", into, FORMS)
    table = query_table(query, list(values))
    if form == "arrow":
        return table
    if form == "polars":
        import polars as pl

        return pl.from_arrow(table)
    frame: pd.DataFrame = table.to_pandas()
    return frame


@table_over_http
def query_table(query: str, values: list[Any]) -> pa.Table:
    """Return the result of one select. Raises ReadError."""
    text = _one_select(query)
    with open_reader() as read:
        return _read(read, text, values)


def bounded_query_table(query: str, values: list[Any], most: int) -> pa.Table:
    """Return the result of one select with at most so many rows, from a session of its own. Raises ReadError."""
    # Materialized: from a subquery, Citus gives the rows in another order than the query asks for.
    parts = ("with answer as materialized (", _one_select(query), ")", "select * from answer", f"limit {most + 1:d}")
    bounded = "\n".join(parts)
    with open_chunks(1) as (read, _):  # a query can change the settings of its session
        table = _read(read, bounded, values)
    if table.num_rows > most:
        raise ReadError(f"The query returns more than {most:,} rows. Add a limit to it, or sum up in SQL.")
    return table


def _one_select(query: str) -> str:
    text = query.strip().rstrip(";")
    if not SELECT.match(text):  # another statement could end the transaction of the session, or change its settings
        raise ReadError("This is not a select. Enter one select over the relations in docs/reference/marts.md.")
    return text


def _read(read: Reader, text: str, values: list[Any]) -> pa.Table:
    from adbc_driver_postgresql import dbapi

    try:
        return _with_floats(read(text, *values))
    except dbapi.Error as error:
        if not error.sqlstate or error.sqlstate.startswith(CONNECTION_LOST):
            raise
        reason = str(error).partition("ERROR:")[2] or str(error)
        raise ReadError(
            f"The database refuses the query ({one_line(reason.splitlines()[0])}). "
            "Enter one select over the relations in docs/reference/marts.md."
        ) from None


def _with_floats(table: pa.Table) -> pa.Table:
    """Return numeric columns, which the driver reads as texts, as floats."""
    for position, field in enumerate(table.schema):
        if _type_name(field) == "numeric":
            column = table.column(position)
            texts = column.cast(pa.string()) if pa.types.is_string(column.type) else _storage(column)
            table = table.set_column(position, field.name, texts.cast(pa.float64()))
    return table


def _type_name(field: pa.Field) -> str:
    if isinstance(field.type, pa.OpaqueType):
        return str(field.type.type_name)
    return (field.metadata or {}).get(TYPE_NAME, b"").decode()


def _storage(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)
