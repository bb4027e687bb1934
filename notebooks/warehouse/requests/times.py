"""Parse the times that people write: timestamps, days, months, and words such as "today" or "now-7d".

A timestamp without an offset is UTC. A day, a month or a word is on the calendar of a time zone: that of the grid.
"""

import re
from datetime import date, datetime
from numbers import Integral
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from warehouse.errors import ReadError

TimestampLike: TypeAlias = str | datetime | date | pd.Timestamp | None

EXAMPLES = (
    "Write it like '2026-10-31 09:00' (UTC), '2026-10-31T09:00-04:00', '2026-10-31', '2026-10', 'today', 'yesterday' "
    "or 'now-7d'."
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH = re.compile(r"\d{4}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}(:?\d{2}(:?\d{2}([.,]\d+)?)?)? ?(Z|UTC|[+-]\d{2}(:?\d{2})?)?", re.I)
_ORDER_UNCLEAR = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b.*")
_WORD = re.compile(r"(now|today|yesterday|tomorrow)(?:([+-])(\d{1,5})([mhdw]))?")
_WORD_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}
_CLOCK_UNITS = {"m": pd.Timedelta(minutes=1), "h": pd.Timedelta(hours=1)}
_CALENDAR_DAYS = {"d": 1, "w": 7}


def is_on_calendar(value: object) -> bool:
    """Return whether a time is a day, a month or a word, which mean something only on the calendar of a zone."""
    if isinstance(value, str):
        text = value.strip()
        return any(pattern.fullmatch(text.lower()) for pattern in (_DAY, _MONTH, _WORD))
    return isinstance(value, date) and not isinstance(value, datetime)


def parse_timestamp(
    value: TimestampLike, name: str, zone: str = "UTC", now: pd.Timestamp | None = None
) -> pd.Timestamp | None:
    """Return a time in UTC; days, months and words are on the calendar of the zone. None stays None.

    Raises ReadError, which calls the value `name`, when it is not a time or can be read in two ways.
    """
    if value is None:
        return None
    text = value.strip() if isinstance(value, str) else ""
    if _ORDER_UNCLEAR.fullmatch(text):
        raise ReadError(
            f"{name}={value!r} does not say which number is the day and which is the month. Write the year first, "
            "like '2026-04-01'."
        )
    timestamp = _from_calendar(value, zone, now) if is_on_calendar(value) else _from_clock(value)
    if timestamp is None or pd.isna(timestamp):
        raise ReadError(f"{name}={value!r} is not a valid timestamp. {EXAMPLES}")
    return timestamp.tz_convert("UTC")


def _from_clock(value: object) -> pd.Timestamp | None:
    if isinstance(value, str) and not _TIME.fullmatch(value.strip()):
        return None
    if not isinstance(value, str | date | np.datetime64):
        return None  # a number has no unit
    try:
        timestamp = pd.Timestamp(value)
    except (ValueError, TypeError):
        return None
    return timestamp.tz_localize("UTC") if not pd.isna(timestamp) and timestamp.tzinfo is None else timestamp


def _from_calendar(value: TimestampLike, zone: str, now: pd.Timestamp | None) -> pd.Timestamp | None:
    """Return the start of the day or month, or the time of the word, in the zone."""
    word = _WORD.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if word:
        return _from_word(word, (now or pd.Timestamp.now("UTC")).tz_convert(zone))
    try:
        day = pd.Timestamp(str(value).strip())
    except (ValueError, TypeError):
        return None
    return _start_of_day(day, zone)


def _from_word(word: re.Match[str], now: pd.Timestamp) -> pd.Timestamp:
    name, sign, count, unit = word.groups()
    zone = str(now.tz)
    if name == "now":
        timestamp = now
    else:
        timestamp = _start_of_day(now.tz_localize(None).normalize() + pd.Timedelta(days=_WORD_DAYS[name]), zone)
    if not count:
        return timestamp
    steps = int(f"{sign}{count}")
    if unit in _CLOCK_UNITS:
        return timestamp + steps * _CLOCK_UNITS[unit]
    shifted = timestamp.tz_localize(None) + pd.DateOffset(days=steps * _CALENDAR_DAYS[unit])
    return shifted.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")


def _start_of_day(day: pd.Timestamp, zone: str) -> pd.Timestamp:
    """Return the first instant of a day; where the clock change is at midnight, the day starts after it."""
    return day.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")


def parse_range(
    start: TimestampLike, end: TimestampLike, zone: str = "UTC"
) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """Return both ends of [start, end) in UTC; None is open. Raises ReadError when the range is empty."""
    first, last = parse_timestamp(start, "start", zone), parse_timestamp(end, "end", zone)
    if first is not None and last is not None and first >= last:
        raise ReadError(f"The range from {first} to {last} is empty. Enter an end later than the start.")
    return first, last


def parse_interval(interval: Any, zone: str = "UTC") -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """Return the range of a pair (start, end), or of the one interval that begins at a time. Raises ReadError."""
    if isinstance(interval, tuple | list):
        start, end = interval
        return parse_range(start, end, zone)
    only = parse_timestamp(interval, "interval", zone)
    return only, None if only is None else only + pd.Timedelta(microseconds=1)


def parse_position(after: Any) -> tuple[int | None, pd.Timestamp | None]:
    """Return the series_id and interval_start after which an answer continues; None for both at its start."""
    if after is None:
        return None, None
    if not isinstance(after, tuple | list) or len(after) != 2 or not isinstance(after[0], Integral):
        raise ReadError(f"after={after!r} is not a position. Enter the series_id and interval_start of a row.")
    return int(after[0]), parse_timestamp(after[1], "after")


def parse_days(start: TimestampLike, end: TimestampLike, zone: str = "UTC") -> tuple[date | None, date | None]:
    """Return the local days [start, end) as they are written; an end within a day includes it."""
    first, last = _local_time(start, "start", zone), _local_time(end, "end", zone)
    until = None if last is None else last.ceil("D").date()
    since = None if first is None else first.floor("D").date()
    if since is not None and until is not None and since >= until:
        raise ReadError(f"The range from {since} to {until} has no day. Enter an end later than the start.")
    return since, until


def _local_time(value: TimestampLike, name: str, zone: str) -> pd.Timestamp | None:
    """Return the time on the clock that it was written for, without its zone."""
    timestamp = parse_timestamp(value, name, zone)
    if timestamp is None or value is None:
        return None
    if is_on_calendar(value):
        return timestamp.tz_convert(zone).tz_localize(None)
    return pd.Timestamp(value).tz_localize(None)
