"""The times of described rows: start or end, date and hour, date and period, block and position."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.calendar_intervals import begins_interval, day_start, interval_end, next_day, previous_day
from loaders.canonical.durations import CALENDAR_RESOLUTIONS, parse_resolution
from loaders.canonical.times import UTC_TIMESTAMP, time_zone_named
from loaders.formats.described.columns import as_text, divides_day, joined, map_distinct, resolutions_of
from loaders.formats.described.description import Description, as_columns
from loaders.formats.described.description_parts import RepeatedHour, Time, read_offset
from loaders.formats.described.time_texts import DAY, UNREADABLE, parse_iso, parse_text, parse_texts
from loaders.formats.readers.described import TextTable

HOUR = timedelta(hours=1)
_HOUR = re.compile(r"(\d{1,2})(?::?00(?::00)?)?")


def build_times(table: TextTable, description: Description) -> dict[str, pa.Array]:
    """Return interval_start or interval_end, the resolution, and the columns that resolve a repeated hour."""
    time = description.time
    lengths = resolutions_of(table, description)
    if time.block is not None:
        block = time.block
        columns = [as_text(table.columns[name]) for name in (block.start, block.end, block.position)]
        starts = map_distinct(
            [*columns, lengths], lambda start, end, position, length: _block_start(start, end, position, length, time)
        )
        return {"interval_start": starts, "resolution": lengths}
    if time.date is not None and time.period is not None:
        columns = [as_text(table.columns[name]) for name in (time.date, time.period)]
        starts = map_distinct([*columns, lengths], lambda day, period, length: _period_start(day, period, length, time))
        return {"interval_start": starts, "resolution": lengths}
    return {**_clock_times(table, time, lengths), **_hints(table, time)}


def _clock_times(table: TextTable, time: Time, lengths: pa.Array) -> dict[str, pa.Array]:
    if time.date is not None and time.hour is not None:
        columns = [as_text(table.columns[name]) for name in (time.date, time.hour)]
        starts = map_distinct(columns, lambda day, hour: _hour_start(day, hour, time))
        if time.part is not None:
            part = as_text(table.columns[time.part])
            starts = map_distinct([starts, part, lengths], _part_start)
        return {"interval_start": in_utc(starts, time), "resolution": lengths}
    if time.start is None and _ends_by_instant(time):
        ends = parse_texts(_texts(table, time.end, time), time.format)
        return {"interval_end": in_utc(ends, time), "resolution": lengths}
    if time.start is None:
        shifted = _ends(_texts(table, time.end, time), lengths, time)
        return {"interval_start": in_utc(shifted, time), "resolution": lengths}
    starts = in_utc(parse_texts(_texts(table, time.start, time), time.format), time)
    if time.end is None:
        return {"interval_start": starts, "resolution": lengths}
    ends = in_utc(parse_texts(_texts(table, time.end, time), time.format), time)
    return {"interval_start": starts, "interval_end": ends}


def _ends_by_instant(time: Time) -> bool:
    """Return whether the end is resolved first and the length taken from it; in UTC it makes no difference."""
    return time.endNames == "instant" or (time.format is None and time.time_zone == "UTC")


def _texts(table: TextTable, columns: str | Sequence[str] | None, time: Time) -> pa.Array:
    """Return the text of a time; a suffix that marks a repeated hour is no part of it."""
    names = as_columns(columns if isinstance(columns, str) or columns is None else tuple(columns))
    texts = joined([as_text(table.columns[name]) for name in names])
    for suffix in _suffixes(time.repeated):
        texts = pc.if_else(pc.ends_with(texts, suffix), pc.utf8_rtrim_whitespace(_cut(texts, len(suffix))), texts)
    return texts


def _suffixes(repeated: RepeatedHour | None) -> list[str]:
    return [suffix for suffix in (repeated.suffix, repeated.firstSuffix) if suffix] if repeated else []


def _cut(texts: pa.Array, length: int) -> pa.Array:
    return pc.utf8_slice_codeunits(texts, 0, stop=-length)


def _ends(texts: pa.Array, lengths: pa.Array, time: Time) -> pa.Array:
    """Return the start of intervals that are named by their end as the clock shows it."""
    parsed = parse_texts(texts, time.format)
    if not pa.types.is_timestamp(parsed.type):
        return map_distinct([parsed, lengths], lambda end, length: _shifted(end, length, time))
    if not pc.any(pc.is_in(lengths, value_set=pa.array(CALENDAR_RESOLUTIONS))).as_py():
        return pc.subtract(parsed, _durations(lengths))
    clocks = pc.strftime(parsed, format="%Y-%m-%dT%H:%M:%S")
    return map_distinct([clocks, lengths], lambda end, length: _shifted(end, length, time))


def _durations(lengths: pa.Array) -> pa.Array:
    encoded = lengths.dictionary_encode()
    durations = [parse_resolution(text) if divides_day(text) else None for text in encoded.dictionary.to_pylist()]
    return pa.array(durations, pa.duration("us")).take(encoded.indices)


def _shifted(text: str | None, length: str | None, time: Time) -> str | None:
    if not text or text.startswith(UNREADABLE):
        return text
    try:
        end = parse_iso(text)
    except ValueError:
        return f"{UNREADABLE} {text}"
    if length in CALENDAR_RESOLUTIONS:
        return _calendar_start(end, length, time) or f"{UNREADABLE} {text}"
    if not divides_day(length):
        return f"{UNREADABLE} {text}"
    shift = parse_resolution(length or "")
    if end.tzinfo is not None:
        return (end.astimezone(UTC) - shift).isoformat().replace("+00:00", "Z")
    return (end - shift).isoformat()


def _calendar_start(end: datetime, length: str, time: Time) -> str | None:
    """Return when a week, month or year begins that ends with a local midnight; None where it ends at another time."""
    zone = _zone(time)
    local = end if end.tzinfo is None else end.astimezone(zone)
    day = local.date()
    if end.tzinfo is None and local != datetime(day.year, day.month, day.day):
        return None
    if not begins_interval(day_start(day, zone) if end.tzinfo is None else end, length, zone):
        return None
    return _utc_text(day_start(previous_day(day, length), zone))


def in_utc(times: pa.Array, time: Time) -> pa.Array:
    """Return local times of a fixed offset in UTC; other times stay as they are."""
    minutes = read_offset(time.time_zone or "")
    if minutes is None:
        return times
    if pa.types.is_timestamp(times.type):
        return pc.subtract(times, pa.scalar(timedelta(minutes=minutes), pa.duration("us"))).cast(UTC_TIMESTAMP)
    zone = timezone(timedelta(minutes=minutes))
    return map_distinct([times], lambda text: _with_offset(text, zone))


def _with_offset(text: str | None, zone: timezone) -> str | None:
    if not text or text.startswith(UNREADABLE):
        return text
    try:
        parsed = parse_iso(text)
    except ValueError:
        return f"{UNREADABLE} {text}"
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)).isoformat()


def _hints(table: TextTable, time: Time) -> dict[str, pa.Array]:
    """Return the column that resolves a repeated hour: its UTC offset, or which of the two it is."""
    repeated = time.repeated
    if time.zone_column and time.offsets:
        offsets = time.offsets
        zones = as_text(table.columns[time.zone_column])
        return {"utc_offset": map_distinct([zones], lambda zone: offsets.get(zone or "", UNREADABLE))}
    if repeated is None or repeated.order:
        return {}
    column = repeated.column or time.hour or as_columns(time.start or time.end)[-1]
    texts = as_text(table.columns[column])
    return {"repeated_hour": map_distinct([texts], lambda text: _occurrence(text or "", repeated))}


def _occurrence(text: str, repeated: RepeatedHour) -> str | None:
    """Return first or second, of two repeated hours; null where neither is stated."""
    if repeated.column:
        return (
            "second" if text in repeated.second else "first" if not repeated.first or text in repeated.first else None
        )
    if repeated.hours:
        return "second" if text in repeated.hours else "first"
    if repeated.suffix and text.endswith(repeated.suffix):
        return "second"
    return "first" if not repeated.firstSuffix or text.endswith(repeated.firstSuffix) else None


def _hour_start(day: str | None, hour: str | None, time: Time) -> str | None:
    """Return the local start of an hour that is named as the clock shows it."""
    name, repeated = hour or "", time.repeated
    if repeated is not None:
        name = repeated.hours.get(name, name)
        for suffix in _suffixes(repeated):
            name = name.removesuffix(suffix).strip()
    match, first = _HOUR.fullmatch(name), int(time.hourNames == "ending")
    parsed = parse_text(day or "", _patterns(time))
    if match is None or parsed is None or not first <= int(match[1]) <= 23 + first:
        return f"{UNREADABLE} {day} {hour}"
    return (parsed + (int(match[1]) - first) * HOUR).isoformat()


def _part_start(hour: str | None, part: str | None, length: str | None) -> str | None:
    """Return the local start of an interval that is named by its number in the hour."""
    if not hour or hour.startswith(UNREADABLE):
        return hour
    if not re.fullmatch(r"\d{1,2}", part or "") or not divides_day(length):
        return f"{UNREADABLE} {hour} {part}"
    step = parse_resolution(length or "")
    if not 1 <= int(part or 0) <= HOUR // step:
        return f"{UNREADABLE} {hour} {part}"
    return (datetime.fromisoformat(hour) + (int(part or 0) - 1) * step).isoformat()


def _period_start(day: str | None, period: str | None, length: str | None, time: Time) -> str | None:
    """Return the UTC start of the interval with this number since local midnight."""
    parsed = parse_text(day or "", _patterns(time))
    if parsed is None or not re.fullmatch(r"\d{1,4}", period or "") or not divides_day(length):
        return f"{UNREADABLE} {day} {period}"
    step, zone = parse_resolution(length or ""), _zone(time)
    midnight, following = (day_start(parsed.date() + days * DAY, zone) for days in (0, 1))
    place = int(period or 0) - time.firstPeriod
    if not 0 <= place < (following - midnight) // step:
        return f"{UNREADABLE} {day} {period}"
    return _utc_text(midnight + place * step)


def _block_start(
    start: str | None, end: str | None, position: str | None, length: str | None, time: Time
) -> str | None:
    unreadable = f"{UNREADABLE} {start} {position}"
    try:
        begin = parse_iso(start or "").astimezone(UTC)
        place = int(position or "") - 1
    except ValueError:
        return unreadable
    if length in CALENDAR_RESOLUTIONS:
        zone = _zone(time)
        if not 0 <= place < block_length(start, end, length, time):
            return unreadable
        day = begin.astimezone(zone).date()
        for _ in range(place):
            day = next_day(day, length)
        return _utc_text(day_start(day, zone))
    if not divides_day(length):
        return unreadable
    step = parse_resolution(length or "")
    if step < DAY or time.time_zone is None:
        return _utc_text(begin + place * step)
    zone = _zone(time)
    return _utc_text(day_start(begin.astimezone(zone).date() + place * step, zone))


def block_length(start: str | None, end: str | None, length: str | None, time: Time) -> int:
    """Return how many positions a block has; 0 where its start, end or resolution cannot be read.

    Weeks, months and years are counted where they are completely in the block.
    """
    try:
        begin, finish = (parse_iso(text or "").astimezone(UTC) for text in (start, end))
    except ValueError:
        return 0
    zone = _zone(time)
    if length in CALENDAR_RESOLUTIONS:
        places, is_known = 0, time.time_zone is not None and begins_interval(begin, length, zone)
        while is_known and (begin := interval_end(begin, length, zone)) <= finish:
            places += 1
        return places
    if not divides_day(length):
        return 0
    step = parse_resolution(length or "")
    if step >= DAY and time.time_zone is not None:
        return (finish.astimezone(zone).date() - begin.astimezone(zone).date()) // step
    return (finish - begin) // step


def _zone(time: Time) -> tzinfo:
    minutes = read_offset(time.time_zone or "")
    return timezone(timedelta(minutes=minutes)) if minutes is not None else time_zone_named(time.time_zone or "UTC")


def _utc_text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _patterns(time: Time) -> tuple[str, ...]:
    return () if time.format is None else (time.format,) if isinstance(time.format, str) else time.format
