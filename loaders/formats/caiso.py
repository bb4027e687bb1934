"""CAISO's outlook, one file a day: 5-minute actuals of that day and day-ahead forecasts of the seven days after.

Time is local, without offset, and names the END of the five minutes: an hourly forecast changes its value at :05, and a
day runs from 00:05 to the next 00:00. The file's own date says when its numbers were known: at the midnight that ends
that day, because the file holds the day's actuals to the last one. An earlier instant would let a forecast seem to know
what had not happened. An empty cell states nothing.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.batch import ParseOptions, Records, build_batches
from loaders.canonical.names import constant
from loaders.errors import LoadError, UsageError
from loaders.formats.column_mapping import MEASURE, constant_columns, listed, refuse_duplicates
from loaders.formats.file_format import COLLECTED_AT_OPTIONS, FileFormat, ReadOptions, utc_text
from loaders.formats.readers.byte_stream import chunks
from loaders.formats.readers.delimited import delimited_records
from loaders.formats.repeated_hours import disambiguate
from loaders.formats.reshape import Measure, unpivot

GRID = "CAISO"
TIME_ZONE = "America/Los_Angeles"
LENGTH = timedelta(minutes=5)
# The capacity and reserve columns are no measures of load; they are left out.
COLUMNS = {
    "load": "demand",
    "net_load": "net demand",
    "load_forecast": "day-ahead demand forecast",
    "net_load_forecast": "day-ahead net demand forecast",
}
_DAY = re.compile(r"(?<!\d)(20\d\d)(\d\d)(\d\d)(?!\d)")
_TIME = r"^\s*(\d\d)/(\d\d)/(\d{4}) (\d\d:\d\d(?::\d\d)?)\s*$"


def time_zone_of(grid: str) -> str | None:
    """The IANA zone of CAISO."""
    return TIME_ZONE if grid == GRID else None


def collected_at(path: Path, options: ReadOptions) -> datetime:
    """What the caller says, else the midnight that ends the day in the file's name, or in its folder's.

    Raises LoadError where neither names a day.
    """
    if options.collected_at is not None:
        return options.collected_at
    for name in (path.name, path.absolute().parent.name):
        if match := _DAY.search(name):
            try:
                day = date(*map(int, match.groups())) + timedelta(days=1)
            except ValueError:
                continue
            return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(TIME_ZONE)).astimezone(UTC)
    raise LoadError(
        f"{path}: the name holds no day like 20260311, so nothing says when it was known; give collected_at."
    )


def _metrics(options: ReadOptions) -> list[str]:
    if options.metric is None:
        return list(COLUMNS)
    if options.metric not in COLUMNS:
        raise UsageError(
            f"The format caiso-outlook has no metric {options.metric!r}; choose one of {', '.join(COLUMNS)}."
        )
    return [options.metric]


def _choose(header: list[str], path: Path, metrics: list[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    refuse_duplicates(names, path)
    wanted = {"interval_end": "time"} | {MEASURE + metric: COLUMNS[metric] for metric in metrics}
    if lacking := [column for column in wanted.values() if column not in names]:
        raise LoadError(
            f"{path}: the column {listed(lacking)} is missing; found {listed(names)}. Check that it is an outlook."
        )
    return {ours: names.index(theirs) for ours, theirs in wanted.items()}


def _in_iso(stream: Iterable[Records]) -> Iterator[Records]:
    """The same with times as ISO 8601; one that is not MM/DD/YYYY HH:MM is left as it is, and found to be bad."""
    for each in stream:
        times = pc.replace_substring_regex(each.columns["interval_end"], _TIME, r"\3-\1-\2T\4")
        yield Records({**each.columns, "interval_end": times}, each.row_number, each.broken, each.decimal)


def _tables(path: Path, options: ReadOptions) -> Iterator[pa.Table]:
    metrics = _metrics(options)
    known_at = collected_at(path, options)
    given = ReadOptions(grid=GRID, region=GRID, unit="MW", resolution="PT5M", collected_at=known_at)
    reading = ParseOptions(time_zone=TIME_ZONE, length=LENGTH, source=CAISO.source(options))
    measures = [Measure(MEASURE + metric, {"metric": metric}) for metric in metrics]
    records = delimited_records(chunks(path), path, partial(_choose, path=path, metrics=metrics))
    for each in disambiguate(_in_iso(records), TIME_ZONE):
        rows = len(each.row_number)
        columns = {**constant_columns(given, rows), "node": constant(GRID, rows), **each.columns}
        long = unpivot(Records(columns, each.row_number, each.broken, each.decimal), measures)
        yield from build_batches(long, reading)


def _meaning(path: Path, options: ReadOptions) -> dict[str, object]:
    return {"metric": options.metric and _metrics(options)[0], "collected_at": utc_text(collected_at(path, options))}


CAISO = FileFormat(
    name="caiso-outlook",
    summary="CAISO's daily 5-minute outlook: load, net load and their forecasts; the file's name has its day.",
    default_source="caiso",
    default_collected_at_basis="inferred",
    default_resolution="PT5M",
    time_zone_of=time_zone_of,
    read_file=_tables,
    identity_fields=_meaning,
    accepted_options=COLLECTED_AT_OPTIONS | {"metric"},
)
