"""The times of records as their own clock shows them, without zone or offset."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.times import LOCAL_TIMESTAMP
from loaders.formats.file_format import ReadOptions

_CLOCK = r"^\d{4}-\d\d-\d\d(?:[T ](?:[01]\d|2[0-3]):[0-5]\d|$)"
_NAIVE = r"^\d{4}-\d\d-\d\d(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::\d\d(?:\.\d+)?)?)?$"
_MINUTE_LENGTH = len("2024-01-01T00:00")
EPOCH = datetime(1970, 1, 1)


def mapped_times(options: ReadOptions) -> dict[str, str]:
    """Return canonical name → column, of the columns of times that the caller names."""
    names = {target: name for name, target in options.column_map.items()}
    if options.time_column:
        names["interval_end" if options.times_are == "end" else "interval_start"] = options.time_column
    if options.collected_at_column:
        names["collected_at"] = options.collected_at_column
    return {role: names[role] for role in ("interval_start", "interval_end", "collected_at") if role in names}


def clock_times(columns: Mapping[str, pa.Array], role: str, is_naive: bool = False) -> pa.Array:
    """Return the times of a role to the minute, as their clock shows them; null where they cannot be read.

    is_naive: only of times without an offset.
    """
    column = columns.get(role)
    if column is None or pa.types.is_null(column.type):
        return pa.array([], LOCAL_TIMESTAMP)
    if pa.types.is_timestamp(column.type):
        if column.type.tz is not None:
            return pa.array([], LOCAL_TIMESTAMP) if is_naive else pc.local_timestamp(column).cast(LOCAL_TIMESTAMP)
        return column.cast(LOCAL_TIMESTAMP, safe=False)
    if not pa.types.is_string(column.type):
        return pa.array([], LOCAL_TIMESTAMP)
    is_clock = pc.fill_null(pc.match_substring_regex(column, _NAIVE if is_naive else _CLOCK), False)
    texts = pc.if_else(is_clock, pc.utf8_slice_codeunits(column, 0, _MINUTE_LENGTH), pa.scalar(None, pa.string()))
    try:
        return texts.cast(LOCAL_TIMESTAMP)
    except pa.ArrowInvalid:
        return pa.array([], LOCAL_TIMESTAMP)


def microseconds(times: pa.Array) -> np.ndarray:
    """Return the times that are not null as microseconds since 1970."""
    return times.drop_null().cast(pa.int64()).to_numpy()


def clock_text(micros: int) -> str:
    """Return a time as people write it, to the minute."""
    return f"{EPOCH + timedelta(microseconds=micros):%Y-%m-%d %H:%M}"
