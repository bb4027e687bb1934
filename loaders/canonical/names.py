"""Parse columns of names: dictionary-encoded, so that each distinct name is checked once."""

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from loaders.canonical.durations import spell_resolution
from loaders.canonical.rejects import ParsedColumn, Reason

NAMES = pa.dictionary(pa.int32(), pa.string())
MAX_NAME_LENGTH = 200
# NUL cannot be stored as text; the other control characters are never intended.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def encode_names(column: pa.Array) -> ParsedColumn:
    """Trim and check names; a number becomes its text. Raises TypeError for a column of another type."""
    return _encode(column, _trimmed)


def encode_resolutions(column: pa.Array) -> ParsedColumn:
    """Check ISO 8601 resolutions and give each its one spelling (PT60M becomes PT1H, P1W becomes P7D)."""
    return _encode(column, _resolution)


def constant(name: str | None, rows: int) -> pa.DictionaryArray:
    """Return a column that holds one name, or null, in every row."""
    if name is None:
        return pa.nulls(rows, NAMES)
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([name], pa.string()))


def _trimmed(name: str) -> str | Reason | None:
    name = name.strip()
    if len(name) > MAX_NAME_LENGTH or _CONTROL.search(name):
        return Reason.BAD_NAME
    return name or None


def _resolution(name: str) -> str | Reason | None:
    try:
        return spell_resolution(name.strip()) if name.strip() else None
    except ValueError:
        return Reason.BAD_RESOLUTION


def _encode(column: pa.Array, parse: Callable[[str], str | Reason | None]) -> ParsedColumn:
    encoded = _dictionary(column)
    distinct_texts = encoded.dictionary.to_pylist()
    cleaned = [None if name is None else parse(name) for name in distinct_texts]
    if cleaned == distinct_texts and not any(isinstance(name, Reason) for name in cleaned):
        return ParsedColumn(encoded, [])
    indices = encoded.indices.fill_null(len(distinct_texts)).to_numpy()
    faults = []
    for reason in sorted({name for name in cleaned if isinstance(name, Reason)}):
        faulty = np.array([name is reason for name in cleaned] + [False])
        faults.append((faulty[indices], reason))
    good = [None if isinstance(name, Reason) else name for name in cleaned]
    distinct = list(dict.fromkeys(name for name in good if name is not None))
    position = {name: index for index, name in enumerate(distinct)}
    codes = np.array([-1 if name is None else position[name] for name in good] + [-1], np.int32)[indices]
    values = pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(distinct, pa.string()))
    return ParsedColumn(values, [(mask, reason) for mask, reason in faults if mask.any()])


def _dictionary(column: pa.Array) -> pa.DictionaryArray:
    data_type = column.type
    if pa.types.is_dictionary(data_type):
        if data_type == NAMES:
            return column
        column = column.cast(data_type.value_type)
        data_type = column.type
    if not (pa.types.is_string(data_type) or pa.types.is_integer(data_type) or pa.types.is_null(data_type)):
        raise TypeError(f"a column of type {data_type} cannot hold names")
    return column.cast(pa.string()).dictionary_encode()
