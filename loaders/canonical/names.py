"""Names as whole columns, dictionary-encoded: each different name is looked at once, however many rows bear it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from loaders.canonical.rejects import Reason
from loaders.canonical.times import format_duration, parse_duration

NAMES = pa.dictionary(pa.int32(), pa.string())
LONGEST = 200
# NUL cannot be stored as text; the other control characters are never meant.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Names:
    """values: dictionary<int32, string>, trimmed, null where empty or faulty; faults: (boolean mask, why)."""

    values: pa.DictionaryArray
    faults: list[tuple[np.ndarray, Reason]]


def encode_names(column: pa.Array) -> Names:
    """Trim and check names; a number is its text. Raises TypeError for a column that holds neither."""
    return _encode(column, _trimmed)


def encode_resolutions(column: pa.Array) -> Names:
    """As encode_names, for ISO 8601 durations, each in its one spelling (PT60M is PT1H)."""
    return _encode(column, _resolution)


def constant(name: str | None, rows: int) -> pa.DictionaryArray:
    """That name (or null) in every row."""
    if name is None:
        return pa.nulls(rows, NAMES)
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([name], pa.string()))


def _trimmed(name: str) -> str | Reason | None:
    name = name.strip()
    if len(name) > LONGEST or _CONTROL.search(name):
        return Reason.BAD_NAME
    return name or None


def _resolution(name: str) -> str | Reason | None:
    try:
        return format_duration(parse_duration(name.strip())) if name.strip() else None
    except ValueError:
        return Reason.BAD_RESOLUTION


def _encode(column: pa.Array, read: Callable[[str], str | Reason | None]) -> Names:
    encoded = _dictionary(column)
    seen = encoded.dictionary.to_pylist()
    cleaned = [None if name is None else read(name) for name in seen]
    if cleaned == seen and not any(isinstance(name, Reason) for name in cleaned):
        return Names(encoded, [])
    indices = encoded.indices.fill_null(len(seen)).to_numpy()
    faults = []
    for why in sorted({name for name in cleaned if isinstance(name, Reason)}):
        faulty = np.array([name is why for name in cleaned] + [False])
        faults.append((faulty[indices], why))
    good = [None if isinstance(name, Reason) else name for name in cleaned]
    different = list(dict.fromkeys(name for name in good if name is not None))
    position = {name: place for place, name in enumerate(different)}
    places = np.array([position.get(name, -1) for name in good] + [-1], np.int32)[indices]
    values = pa.DictionaryArray.from_arrays(pa.array(places, mask=places < 0), pa.array(different, pa.string()))
    return Names(values, [(mask, why) for mask, why in faults if mask.any()])


def _dictionary(column: pa.Array) -> pa.DictionaryArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        if kind == NAMES:
            return column
        column = column.cast(kind.value_type)
        kind = column.type
    if not (pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind)):
        raise TypeError(f"{kind} is not a type of names")
    return column.cast(pa.string()).dictionary_encode()
