"""Columns of times that are not read, such as `datetime_utc`: they show whether the stated zone is the right one."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.batch import Records
from loaders.canonical.offset_hints import OffsetHints
from loaders.canonical.times import LOCAL_TIMESTAMP, parse_times
from loaders.canonical.totals import word_set, words_of
from loaders.errors import LoadError
from loaders.formats.evidence.local_clocks import clock_times
from loaders.formats.evidence.zone_names import zone_in_name
from loaders.formats.file_format import ReadOptions

_TIME_WORDS = word_set(
    "time date datetime timestamp ts dt hour start begin beginning from interval valid period mtu utc gmt local lokal"
    " zeit datum uhrzeit fecha hora heure data of the delivery"
)
MIN_ROWS = 3
SAMPLE_ROWS = 200


def refuse_other_clock(name: str, column: pa.Array, records: Records, path: Path, options: ReadOptions) -> None:
    """Raise LoadError where a column in UTC, or one of local times, is another time than the one that is read."""
    zone = zone_in_name(name)
    if zone is None or options.time_zone is None or not set(words_of(name)) <= _TIME_WORDS:
        return
    is_utc = (zone.standard, zone.daylight) == (0, 0)
    if not is_utc and not (zone.is_local and options.time_zone != "UTC"):
        return
    if "interval_start" not in records.columns:
        return
    other = clock_times({"interval_start": column[:SAMPLE_ROWS]}, "interval_start")
    columns = {key: part[:SAMPLE_ROWS] for key, part in records.columns.items()}
    read = parse_times(columns["interval_start"], options.time_zone, OffsetHints.of(columns)).values
    if not is_utc:
        read = pc.local_timestamp(pc.cast(read, pa.timestamp("us", options.time_zone)))
    read = read.cast(pa.timestamp("us")).cast(LOCAL_TIMESTAMP)
    if len(other) != len(read):
        return
    steps = pc.subtract(read.cast(pa.int64()), other.cast(pa.int64())).drop_null().to_numpy()
    if len(steps) < MIN_ROWS or (steps == 0).any():
        return
    shift = timedelta(microseconds=int(np.abs(steps).min()))
    raise LoadError(
        f"{path}: the times are read as {options.time_zone}, but then they are {shift} away from those in the column"
        f" {name}. Correct --time-zone, map {name} instead (--map '{name}=interval_start'), or leave it out"
        f" (--ignore '{name}')."
    )
