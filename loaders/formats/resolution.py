"""The length of intervals as a file shows it: from their start and end, or from the spacing of the rows."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.batch import Records
from loaders.canonical.calendar_intervals import EPOCH, SHORTEST, resolution_between
from loaders.canonical.durations import DAY, format_resolution, parse_resolution, spell_resolution
from loaders.canonical.names import constant
from loaders.canonical.offset_hints import OffsetHints, naming_rows
from loaders.canonical.times import parse_times, time_zone_named
from loaders.errors import LoadError
from loaders.notices import notify

MINUTE_MICROSECONDS = 60_000_000
MICROSECOND = timedelta(microseconds=1)
DAY_MINUTES = 1440
# A local day may have 23 hours.
LONG_STEP = timedelta(hours=23)
# The alignment that storing checks: shorter steps are rejected there, so they cannot enter a longer series.
ALIGNMENT = timedelta(minutes=15)
MAIN_SHARE, RARE_SHARE = 0.9, 0.1
# Fewer rows that are an hour apart may be some of the quarter-hours of a series.
ENOUGH_STEPS = 6
_KEY = ("grid", "region", "node", "metric", "source")


def resolutions_between(start: pa.Array, end: pa.Array, time_zone: str | None) -> pa.Array:
    """Return each row's length as ISO 8601, null where a time is missing; a local day of 23 or 25 hours is P1D."""
    zone = None if time_zone is None else time_zone_named(time_zone)
    started, ended = (parse_times(column, time_zone).values.cast(pa.int64()) for column in (start, end))
    is_known = pc.and_(started.is_valid(), ended.is_valid()).to_numpy(zero_copy_only=False)
    edges = np.stack([started.fill_null(0).to_numpy(), ended.fill_null(0).to_numpy()])
    minutes = (edges[1] - edges[0]) // MINUTE_MICROSECONDS
    # Weeks, months and years have their length from where they begin; of the others, it is the same everywhere.
    edges[:, minutes <= DAY_MINUTES + 60] -= edges[0, minutes <= DAY_MINUTES + 60]
    pairs, of_row = np.unique(edges, axis=1, return_inverse=True)
    texts = pa.array(
        [_length_between(start, end, zone) for start, end in zip(*pairs.tolist(), strict=True)], pa.string()
    )
    return pc.if_else(pa.array(is_known), texts.take(pa.array(of_row.ravel())), pa.scalar(None, pa.string()))


def _length_between(start: int, end: int, zone: tzinfo | None) -> str:
    """Return the length between two times, in microseconds; both from 0 where it is no more than a local day."""
    minutes = (end - start) // MINUTE_MICROSECONDS
    if minutes in (DAY_MINUTES - 60, DAY_MINUTES + 60):
        return "P1D"
    if minutes in range(1, DAY_MINUTES + 1):
        return format_resolution(timedelta(minutes=minutes))
    calendar = resolution_between(_moment(start), _moment(end), zone) if minutes > DAY_MINUTES else None
    return calendar or f"{minutes} minutes"


def _moment(microseconds: int) -> datetime:
    return EPOCH + microseconds * MICROSECOND


def add_resolution(
    stream: Iterable[Records],
    path: Path,
    time_zone: str | None,
    stated: str | None,
    default: str,
    by_spacing: bool = False,
    must_show: bool = False,
) -> Iterator[Records]:
    """Yield the records with the resolution that the file shows, and without a second time column.

    Start and end of an interval state its length. Else a spacing of the first records below the default shows it.
    stated: the resolution that the caller states. by_spacing: the spacing alone says what it is, so the default is a
    guess that is reported. must_show: values depend on it, so rows that may be for days are refused. Raises LoadError
    where the stated one contradicts the file.
    """
    inferred: str | None = None
    is_first = True
    for records in stream:
        columns = dict(records.columns)
        if {"interval_start", "interval_end"} <= columns.keys():
            end = columns.pop("interval_end")
            columns["resolution"] = _between(columns["interval_start"], end, time_zone, stated, path)
        elif "resolution" not in columns or columns["resolution"].null_count == len(records.row_number):
            if is_first:
                must_show |= "interval_end" in columns
                inferred = _infer(records, path, time_zone, stated, default, by_spacing, must_show)
                is_first = False
            # A start that is computed from the end depends on the length, so the length is part of the row.
            if inferred is None and (stated or "interval_end" in columns):
                inferred = stated or default
            if inferred is not None:
                columns["resolution"] = constant(inferred, len(records.row_number))
        yield Records(columns, records.row_number, records.broken, records.decimal)


def _between(start: pa.Array, end: pa.Array, time_zone: str | None, stated: str | None, path: Path) -> pa.Array:
    lengths = resolutions_between(start, end, time_zone)
    distinct = lengths.drop_null().unique().to_pylist()
    expected = stated and spell_resolution(stated)
    if expected and (other := [length for length in distinct if length != expected]):
        raise LoadError(f"{path}: start and end are {other[0]} apart, but the resolution is set to {expected}.")
    # A length that cannot be computed, as in a repeated hour, is that of the other rows.
    return pc.fill_null(lengths, distinct[0]) if len(distinct) == 1 else lengths


def _infer(
    records: Records,
    path: Path,
    time_zone: str | None,
    stated: str | None,
    default: str,
    by_spacing: bool,
    must_show: bool,
) -> str | None:
    expected = shortest_length(stated or default)
    steps, rows = _spacings(records, time_zone)
    shorter = steps[steps < expected / MICROSECOND]
    if not len(shorter):
        are_days = len(steps) > 1 and steps.min() >= LONG_STEP / MICROSECOND
        if stated is None and expected < LONG_STEP and must_show and are_days:
            raise LoadError(
                f"{path}: row {rows[0]}: rows of one series are a day or more apart, so they may be for all of that"
                " time or for an hour. State their length (--resolution, such as P1D or PT1H)."
            )
        if stated is None and not by_spacing:
            _refuse_several_hours(steps, rows, path, default)
        _refuse_longer(steps, rows, path, stated, default)
        if stated is not None and len(steps) > 1:
            _refuse_other_calendar(steps, rows, path, stated)
        if stated is None and by_spacing and not are_days:
            notify(path, f"resolution {default} (assumed, because no rows of one series are closer)")
        return None
    spacing = timedelta(microseconds=int(shorter.min()))
    share = (steps == shorter.min()).sum() / (steps <= expected / MICROSECOND).sum()
    if stated is not None and spell_resolution(stated) in SHORTEST:
        shown = f"{spacing / DAY:.3g} days" if DAY % spacing else format_resolution(spacing)
        raise LoadError(
            f"{path}: row {rows[steps.argmin()]}: rows of one series are {shown} apart, but the resolution is set to"
            f" {stated}. Correct the resolution, or give the rows a column resolution."
        )
    if spacing % timedelta(minutes=1) or DAY % spacing or (share < RARE_SHARE and spacing % ALIGNMENT):
        return None  # stray times: these rows are rejected, because they do not start an interval
    row = rows[steps.argmin()]
    if stated is not None:
        raise LoadError(
            f"{path}: row {row}: rows of one series are {format_resolution(spacing)} apart, but the resolution is set"
            f" to {stated}. Correct the resolution, or give the rows a column resolution."
        )
    if share < MAIN_SHARE and (steps == expected / MICROSECOND).any():
        raise LoadError(
            f"{path}: row {row}: rows of one series are {format_resolution(spacing)} apart in one part and {default} in"
            " another. Give the rows a column resolution, or load the parts separately."
        )
    resolution = format_resolution(spacing)
    notify(path, f"resolution {resolution} (inferred from the spacing of the rows)")
    return resolution


def _refuse_several_hours(steps: np.ndarray, rows: np.ndarray, path: Path, default: str) -> None:
    """Raise LoadError where all rows are the same few intervals apart: they may be for all of that time."""
    if len(steps) < ENOUGH_STEPS or steps.min() != steps.max() or steps[0] >= LONG_STEP // MICROSECOND:
        return
    spacing = timedelta(microseconds=int(steps[0]))
    if spacing > parse_resolution(default) and not DAY % spacing:
        raise LoadError(
            f"{path}: row {rows[0]}: rows of one series are {format_resolution(spacing)} apart, so they may be for that"
            f" time or for {default}. State their length (--resolution {format_resolution(spacing)}, or {default})."
        )


def _refuse_longer(steps: np.ndarray, rows: np.ndarray, path: Path, stated: str | None, default: str) -> None:
    """Raise LoadError where the rows have the default length by their spacing, and a shorter one is stated."""
    length = parse_resolution(default)
    if stated is None or shortest_length(stated) >= length or len(steps) < ENOUGH_STEPS:
        return
    if (steps == length / timedelta(microseconds=1)).mean() >= MAIN_SHARE:
        raise LoadError(
            f"{path}: row {rows[0]}: rows of one series are {default} apart, but the resolution is set to {stated}."
            " Correct the resolution, or give the rows a column resolution."
        )


def _refuse_other_calendar(steps: np.ndarray, rows: np.ndarray, path: Path, stated: str) -> None:
    """Raise LoadError where most rows of weeks change their weekday, or most rows of months are a year apart."""
    days = np.round(steps / (DAY / MICROSECOND))
    is_other = {"P7D": days % 7 != 0, "P1M": (days == 365) | (days == 366)}.get(spell_resolution(stated))
    if is_other is not None and is_other.mean() > 0.5:
        first = int(is_other.argmax())
        raise LoadError(
            f"{path}: row {rows[first]}: rows of one series are {days[first]:.0f} days apart, but the resolution is set"
            f" to {stated}. Correct the resolution, or give the rows a column resolution."
        )


def shortest_length(resolution: str) -> timedelta:
    """Return how long the shortest intervals of a resolution are. Raises ValueError."""
    calendar = SHORTEST.get(spell_resolution(resolution))
    return parse_resolution(resolution) if calendar is None else calendar


def _spacings(records: Records, time_zone: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the distances between consecutive intervals of each series, in microseconds, and the later one's row."""
    column = "interval_end" if "interval_end" in records.columns else "interval_start"
    hints = OffsetHints.of(records.columns)
    with naming_rows(records.row_number, column):
        times = parse_times(records.columns[column], time_zone, hints).values
    micros = pc.fill_null(times.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    valid = times.is_valid().to_numpy(zero_copy_only=False)
    keys = np.zeros(len(micros), np.int64)
    for name in _KEY:
        if name in records.columns:
            texts = records.columns[name]
            encoded = texts if pa.types.is_dictionary(texts.type) else texts.cast(pa.string()).dictionary_encode()
            keys = keys * (len(encoded.dictionary) + 1) + encoded.indices.fill_null(len(encoded.dictionary)).to_numpy()
    order = np.lexsort((micros[valid], keys[valid]))
    steps = np.diff(micros[valid][order])
    same_series = np.diff(keys[valid][order]) == 0
    is_step = same_series & (steps > 0)
    rows = records.row_number.to_numpy()[valid][order][1:]
    return steps[is_step], rows[is_step]
