"""Rows of one interval that only a column that is not read tells apart, such as the hour next to a date."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from loaders.canonical.batch import Records
from loaders.errors import LoadError

# What makes two rows the same statement, apart from the value.
_KEY = (
    "grid", "region", "node", "metric", "source", "resolution", "interval_start", "interval_end", "collected_at",
    "utc_offset", "dst", "repeated_hour",
)  # fmt: skip
MIN_ROWS = 4


def refuse_repeated_rows(records: Records, unread: Mapping[str, pa.Array], path: Path) -> None:
    """Raise LoadError where most rows have the series and time of another row, and an unread column differs.

    With equal values they would be one value in silence, with different ones the file is rejected without this reason.
    """
    rows = len(records.row_number)
    if rows < MIN_ROWS or not unread:
        return
    keys = np.zeros(rows, np.int64)
    for name in _KEY:
        if name in records.columns:
            keys = _joined(keys, records.columns[name])
    distinct = len(np.unique(keys))
    if distinct > rows / 2:
        return
    for name, column in unread.items():
        if len(column) == rows and len(np.unique(_joined(keys, column))) >= max(2 * distinct, rows / 2):
            first, second = _first_pair(keys, records)
            raise LoadError(
                f"{path}: rows {first} and {second} are of the same interval, and the column {name}, which is not read,"
                f" tells them apart. Describe the file if it is a part of the time (warehouse inspect FILE --write"
                f" mine.yml), map it (--map '{name}=node', or =source), or leave it out (--ignore '{name}')."
            )


def _first_pair(keys: np.ndarray, records: Records) -> tuple[int, int]:
    """Return the row numbers of the first two rows with the same key."""
    first, second = np.flatnonzero(keys == np.bincount(keys).argmax())[:2].tolist()
    return records.row_number[first].as_py(), records.row_number[second].as_py()


def _joined(keys: np.ndarray, column: pa.Array) -> np.ndarray:
    """Return codes of pairs of a key and a text."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    texts = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    return np.unique(keys * (len(encoded.dictionary) + 1) + texts, return_inverse=True)[1]
