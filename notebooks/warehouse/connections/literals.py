"""Write the numbers and times of a query into its text. Texts, which may come from anyone, stay parameters."""

import re
from datetime import datetime
from typing import Any

import pyarrow as pa
from psycopg import sql

ARRAYS = {pa.int32(): "integer[]", pa.int64(): "bigint[]", pa.timestamp("us", "UTC"): "timestamptz[]"}
SCALARS = (bool, int, float, datetime, type(None))
# A parameter, or text in which `$1` is none: a string, a quoted name, a comment.
_PARAMETER = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|\$(?P<number>\d+)", re.DOTALL)


def can_be_literals(values: tuple[Any, ...]) -> bool:
    """Return whether all values are numbers, times or null."""
    return all(
        value.type.value_type in ARRAYS if isinstance(value, pa.ListScalar) else isinstance(value, SCALARS)
        for value in values
    )


def with_literals(query: str, values: tuple[Any, ...]) -> str:
    """Return a query with its values in the place of the parameters $1, $2, …"""

    def literal(match: re.Match[str]) -> str:
        return match[0] if match["number"] is None else _literal(values[int(match["number"]) - 1])

    return _PARAMETER.sub(literal, query)


def _literal(value: Any) -> str:
    if not isinstance(value, pa.ListScalar):
        return sql.Literal(value).as_string()
    return f"{sql.Literal(value.as_py()).as_string()}::{ARRAYS[value.type.value_type]}"
