"""Parse ISO 8601 columns to UTC timestamps; report an error per invalid row.

Nothing is guessed. A time must carry an offset or Z, unless another column gives the offset or the caller names the
time zone. A local time that happens twice at a clock change (and no hint resolves it), or that never happens, is an
error too. `24:00` is 00:00 of the next day.
"""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.offset_hints import (
    OffsetHints,
    check_daylight,
    check_occurrences,
    check_offsets,
    read_daylight,
    read_occurrences,
    read_offsets,
)
from loaders.canonical.rejects import ParsedColumn, Reason
from loaders.errors import UsageError

UTC_TIMESTAMP = pa.timestamp("us", "UTC")
LOCAL_TIMESTAMP = pa.timestamp("us")
EPOCH = datetime(1970, 1, 1)
SECOND_MICROSECONDS = 1_000_000
DAY_MICROSECONDS = 86_400 * SECOND_MICROSECONDS
# Half-open range: a time outside it is a typing error or a sentinel such as 9999-12-31, not a delivery interval.
EARLIEST = int(datetime(1980, 1, 1, tzinfo=UTC).timestamp()) * SECOND_MICROSECONDS
LATEST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()) * SECOND_MICROSECONDS

# Abbreviations that publishers use for two things: the fixed offset, and an example of the local time.
AMBIGUOUS_ZONES = {
    "CET": ("Etc/GMT-1", "Europe/Berlin"),
    "MET": ("Etc/GMT-1", "Europe/Berlin"),
    "EET": ("Etc/GMT-2", "Europe/Helsinki"),
    "WET": ("Etc/GMT", "Europe/Lisbon"),
}

_DATE = r"\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
_CLOCK = r"[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?"
_OFFSET = r"(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)"
# Arrow reads texts of these shapes as whole columns; _parse_one reads the other spellings of ISO 8601.
_SHAPE_WITH_OFFSET = f"^{_DATE}{_CLOCK}{_OFFSET}$"
_SHAPE_LOCAL = f"^{_DATE}{_CLOCK}$"
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?"
    r"(?:\s*([Zz]|[+-]\d\d(?::?\d\d)?))?)?",
    re.ASCII,
)
_NO_HINTS = OffsetHints()


def parse_times(column: pa.Array, time_zone: str | None = None, hints: OffsetHints = _NO_HINTS) -> ParsedColumn:
    """Parse a column of texts, timestamps or dates to timestamp[us, UTC].

    time_zone: IANA zone of times without an offset. Rows that are null, empty or invalid are null in the result.

    Raises TypeError for a column of any other type.
    """
    data_type = column.type
    if pa.types.is_string(data_type):
        return _parse_text(column, time_zone, hints)
    if pa.types.is_null(data_type):
        return ParsedColumn(column.cast(UTC_TIMESTAMP), [])
    if pa.types.is_timestamp(data_type) and data_type.tz is not None:
        return _within_range(column.cast(pa.timestamp(data_type.unit, "UTC")).cast(UTC_TIMESTAMP, safe=False), [])
    if pa.types.is_timestamp(data_type) or pa.types.is_date(data_type):
        return _from_local(column.cast(LOCAL_TIMESTAMP, safe=False), time_zone, hints)
    raise TypeError(f"a column of type {data_type} cannot hold times")


def parse_timestamp(value: str | datetime, name: str) -> datetime:
    """Return one timestamp in UTC. Raises UsageError, which calls it `name`, when it is invalid or has no offset."""
    if isinstance(value, str):
        parsed = parse_times(pa.array([value], pa.string()))
        timestamp = None if parsed.faults else parsed.values[0].as_py()
    else:
        timestamp = value if value.tzinfo is not None else None
    if timestamp is None:
        raise UsageError(f"{name} {value} is not a time with an offset. Write for example 2026-04-01T20:00Z.")
    return timestamp.astimezone(UTC)


def time_zone_named(name: str) -> ZoneInfo:
    """Return the IANA time zone with this name; raises UsageError for an unknown or an ambiguous one."""
    if name in AMBIGUOUS_ZONES:
        offset, place = AMBIGUOUS_ZONES[name]
        raise UsageError(
            f"{name} means winter time all year to some publishers, and local time to others. Use {offset} for the"
            f" first, and {place} for the second."
        )
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UsageError(
            f"Unknown time zone {name!r}. Use an IANA name such as Europe/Berlin, "
            "and install the tzdata package if the system has no time zones."
        ) from None


def _parse_text(text: pa.Array, time_zone: str | None, hints: OffsetHints) -> ParsedColumn:
    try:
        return _within_range(text.cast(UTC_TIMESTAMP), [])
    except pa.ArrowInvalid:
        pass
    if time_zone is not None:
        try:
            return _from_local(text.cast(LOCAL_TIMESTAMP), time_zone, hints)
        except pa.ArrowInvalid:
            pass
    return _parse_mixed(text, time_zone, hints)


def _parse_mixed(text: pa.Array, time_zone: str | None, hints: OffsetHints) -> ParsedColumn:
    """Parse texts of several shapes: whole columns by shape, the remaining texts one by one."""
    null = pa.scalar(None, text.type)
    empty = pc.equal(pc.utf8_trim_whitespace(text), "")
    has_offset = _mask(pc.match_substring_regex(text, _SHAPE_WITH_OFFSET))
    is_local = _mask(pc.match_substring_regex(text, _SHAPE_LOCAL))
    is_odd = ~(has_offset | is_local | _mask(pc.fill_null(empty, True)))
    utc = _numbers(pc.if_else(has_offset, text, null).cast(UTC_TIMESTAMP))
    local_micros = _numbers(pc.if_else(is_local, text, null).cast(LOCAL_TIMESTAMP))
    bad = np.zeros(len(text), bool)
    if is_odd.any():
        _parse_odd(text, is_odd, utc, local_micros, has_offset, is_local, bad)
    local = _from_local(_array(local_micros, is_local, LOCAL_TIMESTAMP), time_zone, hints)
    merged = _within_range(_array(utc, has_offset, UTC_TIMESTAMP), [(bad, Reason.BAD_TIME)])
    faults = [(mask, reason) for mask, reason in [*merged.faults, *local.faults] if mask.any()]
    return ParsedColumn(pc.coalesce(merged.values, local.values), faults)


def _parse_odd(
    text: pa.Array,
    is_odd: np.ndarray,
    utc: np.ndarray,
    local_micros: np.ndarray,
    has_offset: np.ndarray,
    is_local: np.ndarray,
    bad: np.ndarray,
) -> None:
    """Parse the odd texts, each distinct one once, and write the results into the arrays."""
    odd = np.flatnonzero(is_odd)
    encoded = text.take(pa.array(odd)).dictionary_encode()
    parsed = [_parse_one(distinct) for distinct in encoded.dictionary.to_pylist()]
    micros, with_offset, is_bad = (np.array(part) for part in zip(*parsed, strict=True))
    codes = encoded.indices.to_numpy()
    for target in (utc, local_micros):
        target[odd] = micros[codes]
    has_offset[odd] = with_offset[codes] & ~is_bad[codes]
    is_local[odd] = ~with_offset[codes] & ~is_bad[codes]
    bad[odd] = is_bad[codes]


def _parse_one(text: str) -> tuple[int, bool, bool]:
    """Return (microseconds since 1970, in UTC if it has an offset and local otherwise; has an offset; is invalid)."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return 0, False, True
    date, hour, minute, second, fraction, offset = match.groups()
    hour, minute, second = int(hour or 0), int(minute or 0), int(second or 0)
    micros = int(((fraction or "") + "000000")[:6])
    midnight_after = hour == 24 and not (minute or second or micros)
    if (hour > 23 and not midnight_after) or minute > 59 or second > 59:
        return 0, False, True
    try:
        # Year 0 has no datetime; it is as far out of range as the next leap year.
        day = datetime.fromisoformat(date.replace("0000-", "0004-"))
        shift = _offset_minutes(offset)
    except ValueError:
        return 0, False, True
    clock = ((hour * 60 + minute - shift) * 60 + second) * SECOND_MICROSECONDS + micros
    return (day - EPOCH).days * DAY_MICROSECONDS + clock, offset is not None, False


def _offset_minutes(offset: str | None) -> int:
    """Return minutes east of UTC; raises ValueError for a day or more."""
    if offset is None or offset in "Zz":
        return 0
    digits = offset[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError(offset)
    return (hours * 60 + minutes) * (-1 if offset[0] == "-" else 1)


def _from_local(local: pa.Array, time_zone: str | None, hints: OffsetHints) -> ParsedColumn:
    if hints.offset is None:
        return _in_zone(local, time_zone, hints)
    minutes, has_offset, bad = read_offsets(hints.offset)
    micros, present = _numbers(local), _mask(local.is_valid())
    rest = _in_zone(_array(micros, present & ~has_offset & ~bad, LOCAL_TIMESTAMP), time_zone, hints)
    _check_offsets(minutes, micros, present & has_offset, time_zone)
    shifted = _within_range(
        _array(micros - minutes * 60 * SECOND_MICROSECONDS, present & has_offset, UTC_TIMESTAMP), []
    )
    faults = [(present & bad, Reason.BAD_TIME), *shifted.faults, *rest.faults]
    return ParsedColumn(
        pc.coalesce(shifted.values, rest.values), [(mask, reason) for mask, reason in faults if mask.any()]
    )


def _check_offsets(minutes: np.ndarray, micros: np.ndarray, rows: np.ndarray, time_zone: str | None) -> None:
    rows = rows & (micros >= EARLIEST) & (micros < LATEST)
    if time_zone is not None and time_zone != "UTC" and rows.any():
        valid = repeated_offsets(_array(micros, rows, LOCAL_TIMESTAMP), time_zone)
        check_offsets(minutes, micros, valid, rows, time_zone)


def _in_zone(local: pa.Array, time_zone: str | None, hints: OffsetHints) -> ParsedColumn:
    present = _mask(local.is_valid())
    if time_zone is None:
        faults = [(present, Reason.NAIVE_TIME)] if present.any() else []
        return ParsedColumn(pa.nulls(len(local), UTC_TIMESTAMP), faults)
    micros = _numbers(local)
    # Only times within the range are looked up in the zone; one day of slack, because the range is in UTC.
    outside = present & ((micros < EARLIEST - DAY_MICROSECONDS) | (micros >= LATEST + DAY_MICROSECONDS))
    local = _array(micros, present & ~outside, LOCAL_TIMESTAMP)
    faults = [(outside, Reason.TIME_OUT_OF_RANGE)] if outside.any() else []
    if time_zone == "UTC":
        return _within_range(local.cast(pa.int64()).cast(UTC_TIMESTAMP), faults)
    first, last = _candidates(local, time_zone)
    # Around a gap Arrow returns the last microsecond before it and the first after it.
    gap = last - first
    ambiguous = gap > 1
    flag = _occurrences(hints, micros, first, present & ~outside & (gap == 0), time_zone)
    if flag is not None:
        first = np.where(ambiguous & (flag == 0), last, first)
        ambiguous = ambiguous & (flag < 0)
    for mask, reason in ((gap == 1, Reason.NONEXISTENT_TIME), (ambiguous, Reason.AMBIGUOUS_TIME)):
        if mask.any():
            faults.append((mask, reason))
    return _within_range(_array(first, present & ~outside & ~ambiguous & (gap != 1), UTC_TIMESTAMP), faults)


def _occurrences(
    hints: OffsetHints, local: np.ndarray, utc: np.ndarray, single: np.ndarray, time_zone: str
) -> np.ndarray | None:
    """Return 1 in the first of two repeated hours, 0 in the second, -1 where unknown; None without hints.

    single: the rows whose local time exists once, where a hint can only agree or contradict.
    """
    if hints.occurrence is not None:
        occurrence = read_occurrences(hints.occurrence)
        check_occurrences(occurrence, local, single, time_zone)
        return occurrence
    if hints.daylight is None:
        return None
    daylight = read_daylight(hints.daylight)
    check_daylight(daylight, local, utc, single, time_zone_named(time_zone))
    return daylight


def _candidates(local: pa.Array, time_zone: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and last UTC time of each local time; they differ at a clock change only."""
    first = _numbers(pc.assume_timezone(local, time_zone, ambiguous="earliest", nonexistent="earliest"))
    last = _numbers(pc.assume_timezone(local, time_zone, ambiguous="latest", nonexistent="latest"))
    return first, last


def repeated_offsets(local: pa.Array, time_zone: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the offsets of the first and second occurrence of repeated local times, in minutes east of UTC."""
    micros = _numbers(local)
    first, last = ((micros - utc) // (60 * SECOND_MICROSECONDS) for utc in _candidates(local, time_zone))
    return first, last


def _within_range(utc: pa.Array, faults: list[tuple[np.ndarray, Reason]]) -> ParsedColumn:
    bounds = pc.min_max(utc.cast(pa.int64()))
    low, high = bounds["min"].as_py(), bounds["max"].as_py()
    if low is None or (low >= EARLIEST and high < LATEST):
        return ParsedColumn(utc, faults)
    micros, present = _numbers(utc), _mask(utc.is_valid())
    outside = present & ((micros < EARLIEST) | (micros >= LATEST))
    return ParsedColumn(
        _array(micros, present & ~outside, UTC_TIMESTAMP), [*faults, (outside, Reason.TIME_OUT_OF_RANGE)]
    )


def _numbers(utc: pa.Array) -> np.ndarray:
    """Microseconds since 1970 as int64, 0 where null; always a copy, so it may be changed."""
    return pc.fill_null(utc.cast(pa.int64()), 0).to_numpy(zero_copy_only=False).copy()


def _mask(flags: pa.Array) -> np.ndarray:
    return pc.fill_null(flags, False).to_numpy(zero_copy_only=False).copy()


def _array(micros: np.ndarray, present: np.ndarray, data_type: pa.DataType) -> pa.Array:
    return pa.array(micros, pa.int64(), mask=~present).cast(data_type)
