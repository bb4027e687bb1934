"""Weeks, months and years on the calendar of a time zone.

A week begins at local midnight of any weekday, a month on its first day, a year on 1 January. Where a clock change
skips or repeats midnight, a day begins just after the one before ends.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.durations import CALENDAR_RESOLUTIONS, DAY, parse_resolution
from loaders.canonical.times import UTC_TIMESTAMP

MICROSECOND = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
WEEK = 7 * DAY
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Of local time against UTC.
EASTERNMOST, WESTERNMOST = timedelta(hours=14), timedelta(hours=-12)
# With the clocks put forward, an interval may be an hour shorter than its days.
SHORTEST = {"P7D": WEEK - HOUR, "P1M": 28 * DAY - HOUR, "P1Y": 365 * DAY - HOUR}
_LENGTH = pa.duration("us")


def day_start(day: date, zone: tzinfo) -> datetime:
    """Return when a local day begins, in UTC."""
    last_moment = datetime.combine(day, time.min) - MICROSECOND
    return last_moment.replace(tzinfo=zone, fold=1).astimezone(UTC) + MICROSECOND


def next_day(day: date, resolution: str) -> date:
    """Return the first day of the next interval, of an interval that begins on this day."""
    if resolution == "P7D":
        return day + WEEK
    if resolution == "P1Y":
        return date(day.year + 1, 1, 1)
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def previous_day(day: date, resolution: str) -> date:
    """Return the first day of an interval that ends with the beginning of this day."""
    if resolution == "P7D":
        return day - WEEK
    if resolution == "P1Y":
        return date(day.year - 1, 1, 1)
    return (day - DAY).replace(day=1)


def begins_interval(moment: datetime, resolution: str, zone: tzinfo) -> bool:
    """Return whether a week, month or year may begin at a time with an offset."""
    day = moment.astimezone(zone).date()
    is_first = resolution == "P7D" or (day.day == 1 and (resolution == "P1M" or day.month == 1))
    return is_first and moment == day_start(day, zone)


def interval_end(start: datetime, resolution: str, zone: tzinfo) -> datetime:
    """Return when a week, month or year ends, in UTC."""
    return day_start(next_day(start.astimezone(zone).date(), resolution), zone)


def interval_start(end: datetime, resolution: str, zone: tzinfo) -> datetime | None:
    """Return when a week, month or year began, in UTC; None where none ends at this time."""
    if not begins_interval(end, resolution, zone):
        return None
    return day_start(previous_day(end.astimezone(zone).date(), resolution), zone)


def resolution_between(start: datetime, end: datetime, zone: tzinfo | None) -> str | None:
    """Return the resolution of the week, month or year between two times with an offset; None where they are of none.

    zone: None where it is unknown. Then the length decides, and the day that begins somewhere near the start.
    """
    if zone is not None:
        matches = [name for name in CALENDAR_RESOLUTIONS if begins_interval(start, name, zone)]
        return next((name for name in matches if interval_end(start, name, zone) == end), None)
    days = round((end - start) / DAY)
    if abs(end - start - days * DAY) > HOUR:
        return None
    if days == WEEK // DAY:
        return "P7D"
    nearest = {(start + shift).astimezone(UTC).date() for shift in (EASTERNMOST, timedelta(0), WESTERNMOST)}
    first = next((day for day in nearest if day.day == 1), None)
    if first is None:
        return None
    names = ("P1M", "P1Y") if first.month == 1 else ("P1M",)
    return next((name for name in names if (next_day(first, name) - first).days == days), None)


def starts_of_ends(
    ends: pa.Array, resolutions: pa.DictionaryArray, default: str, zone: tzinfo | None
) -> tuple[pa.Array, np.ndarray]:
    """Return the start of each interval from its end, and which ends are the end of no interval.

    ends: timestamp[us, UTC]. default: the resolution of rows without one. zone: of weeks, months and years.
    """
    texts = [*resolutions.dictionary.to_pylist(), default]
    codes = resolutions.indices.fill_null(len(texts) - 1)
    lengths = pa.array([None if text in CALENDAR_RESOLUTIONS else parse_resolution(text) for text in texts], _LENGTH)
    starts = pc.subtract(ends, lengths.take(codes))

    def start_of(end: datetime, resolution: str) -> int | None:
        assert zone is not None
        start = interval_start(end, resolution, zone)
        return None if start is None else (start - EPOCH) // MICROSECOND

    values, is_calendar = _for_calendar(ends, texts, codes, start_of)
    if not is_calendar.any():
        return starts, is_calendar
    merged = pc.coalesce(starts, pa.array(values, mask=np.isnan(values)).cast(pa.int64()).cast(UTC_TIMESTAMP))
    return merged, is_calendar & np.isnan(values)


def interval_hours(starts: pa.ChunkedArray, resolutions: pa.ChunkedArray, zone: tzinfo | None) -> pa.Array:
    """Return the length of each interval in hours, an hour where the resolution is null.

    It is null where no week, month or year begins at the start. zone: as in starts_of_ends.
    """
    encoded = resolutions.combine_chunks().dictionary_encode()
    texts = [*encoded.dictionary.to_pylist(), "PT1H"]
    codes = encoded.indices.fill_null(len(texts) - 1)
    fixed = [None if text in CALENDAR_RESOLUTIONS else parse_resolution(text) / HOUR for text in texts]

    def hours(start: datetime, resolution: str) -> float | None:
        if zone is None or not begins_interval(start, resolution, zone):
            return None
        return (interval_end(start, resolution, zone) - start) / HOUR

    values, _ = _for_calendar(starts.combine_chunks(), texts, codes, hours)
    return pc.coalesce(pa.array(fixed, pa.float64()).take(codes), pa.array(values, from_pandas=True))


def _for_calendar(
    times: pa.Array, texts: list[str], codes: pa.Array, function: Callable[[datetime, str], float | None]
) -> tuple[np.ndarray, np.ndarray]:
    """Return function(time, resolution) of weeks, months and years, else NaN, and which rows are such intervals."""
    numbers = codes.to_numpy()
    is_calendar = np.array([text in CALENDAR_RESOLUTIONS for text in texts])[numbers]
    is_calendar &= times.is_valid().to_numpy(zero_copy_only=False)
    values = np.full(len(codes), np.nan)
    if not is_calendar.any():
        return values, is_calendar
    micros = times.cast(pa.int64()).fill_null(0).to_numpy()
    pairs, of_row = np.unique(np.stack([micros, numbers])[:, is_calendar], axis=1, return_inverse=True)
    results = [
        function(EPOCH + micro * MICROSECOND, texts[number]) for micro, number in zip(*pairs.tolist(), strict=True)
    ]
    values[is_calendar] = np.array([np.nan if result is None else result for result in results])[of_row.ravel()]
    return values, is_calendar
