"""ISO 8601 times and durations as whole columns: text in, UTC microseconds out, and a fault where a text is no instant.

Nothing is guessed. A time must carry an offset or Z, unless a hint gives it or the caller names the zone of its local
times; then a local time that a clock change makes happen twice and no hint tells apart, or that never happens, is a
fault too. `24:00` is 00:00 of the next day.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.offset_hints import Hints, read_daylight, read_offsets
from loaders.errors import UsageError

INSTANT = pa.timestamp("us", "UTC")
LOCAL = pa.timestamp("us")
EPOCH = datetime(1970, 1, 1)
SECOND = 1_000_000
DAY = 86_400 * SECOND
# Half-open: an instant outside of it is a typing error or a sentinel such as 9999-12-31, not a delivery interval.
EARLIEST = int(datetime(1980, 1, 1, tzinfo=UTC).timestamp()) * SECOND
LATEST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()) * SECOND

_DATE = r"\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
_CLOCK = r"[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?"
_OFFSET = r"(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)"
# Texts of these shapes are read by Arrow as whole columns; what they miss of ISO 8601, _read_one sees.
_SHAPE_INSTANT = f"^{_DATE}{_CLOCK}{_OFFSET}$"
_SHAPE_LOCAL = f"^{_DATE}{_CLOCK}$"
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?"
    r"(?:\s*([Zz]|[+-]\d\d(?::?\d\d)?))?)?",
    re.ASCII,
)
_DURATION = re.compile(r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?)?", re.ASCII)
_NO_HINTS = Hints()


class TimeFault(StrEnum):
    """Why a text is not an instant."""

    BAD_TIME = "bad_time"
    NAIVE_TIME = "naive_time"
    AMBIGUOUS_TIME = "ambiguous_time"
    NONEXISTENT_TIME = "nonexistent_time"
    TIME_OUT_OF_RANGE = "time_out_of_range"


@dataclass(frozen=True)
class Instants:
    """A column of instants and what is wrong with it.

    values: timestamp[us, UTC], null where the input was null, empty or faulty; faults: (boolean mask, why), disjoint.
    """

    values: pa.Array
    faults: list[tuple[np.ndarray, TimeFault]]


def parse_times(column: pa.Array, time_zone: str | None = None, hints: Hints = _NO_HINTS) -> Instants:
    """Read a column of texts, timestamps or dates; time_zone is the IANA zone of times without an offset.

    Raises TypeError for a column of any other type.
    """
    kind = column.type
    if pa.types.is_string(kind):
        return _parse_text(column, time_zone, hints)
    if pa.types.is_null(kind):
        return Instants(column.cast(INSTANT), [])
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return _within_range(column.cast(pa.timestamp(kind.unit, "UTC")).cast(INSTANT, safe=False), [])
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _from_local(column.cast(LOCAL, safe=False), time_zone, hints)
    raise TypeError(f"{kind} is not a type of times")


def read_instant(value: str | datetime, name: str) -> datetime:
    """One moment, in UTC. Raises UsageError, which calls it `name`, where it is none or has no offset."""
    if isinstance(value, str):
        read = parse_times(pa.array([value], pa.string()))
        moment = None if read.faults else read.values[0].as_py()
    else:
        moment = value if value.tzinfo is not None else None
    if moment is None:
        raise UsageError(f"{name} {value} is no time with an offset; write e.g. 2026-04-01T20:00Z.")
    return moment.astimezone(UTC)


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of that name; raises UsageError when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UsageError(
            f"Time zone {name!r} is not known here; give an IANA name such as Europe/Berlin, "
            "and install the tzdata package where the system has no time zones."
        ) from None


def parse_duration(text: str) -> timedelta:
    """An ISO 8601 duration from PT1M to P1D that divides a day; raises ValueError otherwise."""
    match = _DURATION.fullmatch(text)
    days, hours, minutes = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    length = timedelta(days=days, hours=hours, minutes=minutes)
    if not timedelta(minutes=1) <= length <= timedelta(days=1) or timedelta(days=1) % length:
        raise ValueError(f"{text!r} is not a resolution; use an ISO 8601 duration that divides a day, such as PT15M.")
    return length


def format_duration(length: timedelta) -> str:
    """The one ISO 8601 spelling used for a resolution: P1D, PT1H, PT1H30M, PT5M."""
    if length == timedelta(days=1):
        return "P1D"
    hours, minutes = divmod(length // timedelta(minutes=1), 60)
    return "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")


def _parse_text(text: pa.Array, time_zone: str | None, hints: Hints) -> Instants:
    try:
        return _within_range(text.cast(INSTANT), [])
    except pa.ArrowInvalid:
        pass
    if time_zone is not None:
        try:
            return _from_local(text.cast(LOCAL), time_zone, hints)
        except pa.ArrowInvalid:
            pass
    return _parse_mixed(text, time_zone, hints)


def _parse_mixed(text: pa.Array, time_zone: str | None, hints: Hints) -> Instants:
    """Some texts are not as the others: split them by shape, and look at the odd ones one by one."""
    null = pa.scalar(None, text.type)
    empty = pc.equal(pc.utf8_trim_whitespace(text), "")
    is_instant = _mask(pc.match_substring_regex(text, _SHAPE_INSTANT))
    is_local = _mask(pc.match_substring_regex(text, _SHAPE_LOCAL))
    is_odd = ~(is_instant | is_local | _mask(pc.fill_null(empty, True)))
    instants = _numbers(pc.if_else(is_instant, text, null).cast(INSTANT))
    locals_ = _numbers(pc.if_else(is_local, text, null).cast(LOCAL))
    bad = np.zeros(len(text), bool)
    if is_odd.any():
        _read_odd(text, is_odd, instants, locals_, is_instant, is_local, bad)
    local = _from_local(_array(locals_, is_local, LOCAL), time_zone, hints)
    merged = _within_range(_array(instants, is_instant, INSTANT), [(bad, TimeFault.BAD_TIME)])
    faults = [(mask, why) for mask, why in [*merged.faults, *local.faults] if mask.any()]
    return Instants(pc.coalesce(merged.values, local.values), faults)


def _read_odd(
    text: pa.Array,
    is_odd: np.ndarray,
    instants: np.ndarray,
    locals_: np.ndarray,
    is_instant: np.ndarray,
    is_local: np.ndarray,
    bad: np.ndarray,
) -> None:
    """Read the odd texts, each different one once, and fill in what they say (the arrays are changed in place)."""
    odd = np.flatnonzero(is_odd)
    encoded = text.take(pa.array(odd)).dictionary_encode()
    seen = [_read_one(each) for each in encoded.dictionary.to_pylist()]
    micros, has_offset, is_bad = (np.array(part) for part in zip(*seen, strict=True))
    which = encoded.indices.to_numpy()
    for target in (instants, locals_):
        target[odd] = micros[which]
    is_instant[odd] = has_offset[which] & ~is_bad[which]
    is_local[odd] = ~has_offset[which] & ~is_bad[which]
    bad[odd] = is_bad[which]


def _read_one(text: str) -> tuple[int, bool, bool]:
    """(microseconds since 1970, UTC if it has an offset and local otherwise; has an offset; is bad)."""
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
    clock = ((hour * 60 + minute - shift) * 60 + second) * SECOND + micros
    return (day - EPOCH).days * DAY + clock, offset is not None, False


def _offset_minutes(offset: str | None) -> int:
    """Minutes east of UTC; raises ValueError for a day or more."""
    if offset is None or offset in "Zz":
        return 0
    digits = offset[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError(offset)
    return (hours * 60 + minutes) * (-1 if offset[0] == "-" else 1)


def _from_local(local: pa.Array, time_zone: str | None, hints: Hints) -> Instants:
    if hints.offset is None:
        return _in_zone(local, time_zone, hints.daylight)
    minutes, told, bad = read_offsets(hints.offset)
    micros, given = _numbers(local), _mask(local.is_valid())
    rest = _in_zone(_array(micros, given & ~told & ~bad, LOCAL), time_zone, hints.daylight)
    shifted = _within_range(_array(micros - minutes * 60 * SECOND, given & told, INSTANT), [])
    faults = [(given & bad, TimeFault.BAD_TIME), *shifted.faults, *rest.faults]
    return Instants(pc.coalesce(shifted.values, rest.values), [(mask, why) for mask, why in faults if mask.any()])


def _in_zone(local: pa.Array, time_zone: str | None, daylight: pa.Array | None) -> Instants:
    given = _mask(local.is_valid())
    if time_zone is None:
        faults = [(given, TimeFault.NAIVE_TIME)] if given.any() else []
        return Instants(pa.nulls(len(local), INSTANT), faults)
    micros = _numbers(local)
    # Zone rules are only asked about sane times; a day of slack, because the range is one of UTC.
    outside = given & ((micros < EARLIEST - DAY) | (micros >= LATEST + DAY))
    local = _array(micros, given & ~outside, LOCAL)
    faults = [(outside, TimeFault.TIME_OUT_OF_RANGE)] if outside.any() else []
    if time_zone == "UTC":
        return _within_range(local.cast(pa.int64()).cast(INSTANT), faults)
    first, last = _candidates(local, time_zone)
    # Around a gap Arrow answers the last microsecond before it and the first after it.
    gap = last - first
    ambiguous = gap > 1
    if daylight is not None and ambiguous.any():
        flag = read_daylight(daylight)
        first = np.where(ambiguous & (flag == 0), last, first)
        ambiguous = ambiguous & (flag < 0)
    for mask, why in ((gap == 1, TimeFault.NONEXISTENT_TIME), (ambiguous, TimeFault.AMBIGUOUS_TIME)):
        if mask.any():
            faults.append((mask, why))
    return _within_range(_array(first, given & ~outside & ~ambiguous & (gap != 1), INSTANT), faults)


def _candidates(local: pa.Array, time_zone: str) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last instant that bear a local time; the same one where there is no clock change."""
    first = _numbers(pc.assume_timezone(local, time_zone, ambiguous="earliest", nonexistent="earliest"))
    last = _numbers(pc.assume_timezone(local, time_zone, ambiguous="latest", nonexistent="latest"))
    return first, last


def repeated_offsets(local: pa.Array, time_zone: str) -> tuple[np.ndarray, np.ndarray]:
    """Of local times that happen twice: the offset of the first and of the second time, in minutes east of UTC."""
    micros = _numbers(local)
    first, last = ((micros - instants) // (60 * SECOND) for instants in _candidates(local, time_zone))
    return first, last


def _within_range(instants: pa.Array, faults: list[tuple[np.ndarray, TimeFault]]) -> Instants:
    bounds = pc.min_max(instants.cast(pa.int64()))
    low, high = bounds["min"].as_py(), bounds["max"].as_py()
    if low is None or (low >= EARLIEST and high < LATEST):
        return Instants(instants, faults)
    micros, given = _numbers(instants), _mask(instants.is_valid())
    outside = given & ((micros < EARLIEST) | (micros >= LATEST))
    return Instants(_array(micros, given & ~outside, INSTANT), [*faults, (outside, TimeFault.TIME_OUT_OF_RANGE)])


def _numbers(instants: pa.Array) -> np.ndarray:
    """Microseconds since 1970 as int64, 0 where null; always a copy, so it may be changed."""
    return pc.fill_null(instants.cast(pa.int64()), 0).to_numpy(zero_copy_only=False).copy()


def _mask(flags: pa.Array) -> np.ndarray:
    return pc.fill_null(flags, False).to_numpy(zero_copy_only=False).copy()


def _array(micros: np.ndarray, given: np.ndarray, kind: pa.DataType) -> pa.Array:
    return pa.array(micros, pa.int64(), mask=~given).cast(kind)
