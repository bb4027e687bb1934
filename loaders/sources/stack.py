"""Columns of one meaning put one below the other, though a reader may have given them different types."""

from collections.abc import Sequence

import pyarrow as pa


def stack(columns: Sequence[pa.Array]) -> pa.Array:
    """One column of all rows: of their type, else float64 if all are numbers, else string."""
    kinds = {column.type for column in columns if not pa.types.is_null(column.type)}
    if len(kinds) > 1:
        kinds = {pa.float64() if all(map(_is_number, kinds)) else pa.string()}
    kind = kinds.pop() if kinds else pa.null()
    return pa.concat_arrays([column if column.type == kind else column.cast(kind, safe=False) for column in columns])


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
