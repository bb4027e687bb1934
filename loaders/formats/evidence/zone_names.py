"""Which time zone the name of a column of times states, and whether the stated zone agrees with it."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from loaders.canonical.times import time_zone_named
from loaders.canonical.zone_abbreviations import ABBREVIATIONS
from loaders.errors import LoadError, UsageError

# These are words or other abbreviations in lower case, and short for two things in capitals.
_CAPITALS_ONLY = {"WEST", "AST", "NST", "BST", "GST"}
_CAPITALS: dict[str, tuple[int | None, int | None]] = {
    "ET": (-300, -240), "CT": (-360, -300), "MT": (-420, -360), "PT": (-480, -420),
}  # fmt: skip
# Of a name such as Eastern Prevailing Time, in America and in Europe.
_PARTS = {"eastern": -300, "central": -360, "mountain": -420, "pacific": -480}
_EUROPEAN = {"western": 0, "central": 60, "eastern": 120}
_GLUED = re.compile(r"(?i)\b(utc|gmt)(?=date|time)|(?:date|time|stamp)(utc|gmt)\b")
_WORDS = re.compile(r"[A-Za-z]+")
_OFFSET = re.compile(r"(?i)(?:utc|gmt)?\s*(?<![\d:])([+-])\s?(\d\d?)(?::?([0-5]\d))?(?!\d)")
_IANA = re.compile(r"[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+")
_LOCAL = {"local", "lokal", "lokale", "locale", "ortszeit", "lokalzeit", "prevailing"}
_UTC = {"utc", "gmt", "zulu"}


@dataclass(frozen=True)
class NamedZone:
    """What a name says: its words, and the offsets in minutes, None where they are not stated; local means not UTC."""

    words: str
    standard: int | None = None
    daylight: int | None = None
    is_local: bool = False

    def contradicts(self, time_zone: str) -> bool:
        """Return whether the zone has other offsets than the name states."""
        standard, daylight = _offsets(time_zone)
        if self.is_local:
            return (standard, daylight) == (0, 0)
        return (self.standard is not None and self.standard != standard) or (
            self.daylight is not None and self.daylight != daylight
        )


@dataclass(frozen=True)
class SeasonName:
    """The time of one season: its words, its offset in minutes, and the zone that keeps it all year."""

    words: str
    minutes: int
    fixed_zone: str


def zone_in_name(name: str) -> NamedZone | None:
    """Return the zone that the name of a column states, such as `Time (CET/CEST)` or `HourUTC`; None without one."""
    if match := _IANA.search(name):
        # CET/CEST and Date/Time look like one, too.
        with suppress(UsageError):
            return NamedZone(match[0], *_offsets(match[0]))
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = _WORDS.findall(spaced) + [part for match in _GLUED.findall(name) for part in match if part]
    is_utc = any(word.lower() in _UTC for word in words)
    offset = _OFFSET.search(spaced)
    if offset and (is_utc or re.search(r"[\[(]\s*(?:utc|gmt)?\s*[+-]\d\d?(?::?\d\d)?\s*[\])]", spaced, re.IGNORECASE)):
        minutes = (int(offset[2]) * 60 + int(offset[3] or 0)) * (-1 if offset[1] == "-" else 1)
        return NamedZone(offset[0].strip(), minutes, minutes)
    stated = [(word.upper(), pair) for word in words if (pair := _pair(word))]
    if stated:
        standard = next((pair[0] for _, pair in stated if pair[0] is not None), 0 if is_utc else None)
        daylight = next((pair[1] for _, pair in stated if pair[1] is not None), None)
        return NamedZone("/".join([*(["GMT"] if is_utc else []), *(word for word, _ in stated)]), standard, daylight)
    if "time" in (lower := [word.lower() for word in words]) and (
        part := next((w for w in lower if w in _PARTS), None)
    ):
        offsets = _EUROPEAN if "european" in lower else _PARTS
        return NamedZone(f"{part.capitalize()} Time", offsets.get(part))
    if is_utc:
        return NamedZone(next(word for word in words if word.lower() in _UTC).upper(), 0, 0)
    local = next((word for word in words if word.lower() in _LOCAL), None)
    return NamedZone(f"{local.lower()} time", is_local=True) if local else None


def _pair(word: str) -> tuple[int | None, int | None] | None:
    upper = word.upper()
    if word == upper and upper in _CAPITALS:
        return _CAPITALS[upper]
    return None if upper in _CAPITALS_ONLY and word != upper else ABBREVIATIONS.get(upper)


def _offsets(time_zone: str) -> tuple[int, int]:
    """Return the smaller and the greater offset of a year, in minutes; two equal ones without clock changes."""
    zone = time_zone_named(time_zone)
    offsets = [datetime(2024, month, 1, tzinfo=zone).utcoffset() or timedelta() for month in (1, 7)]
    return min(offsets) // timedelta(minutes=1), max(offsets) // timedelta(minutes=1)


def check_zone(name: str, time_zone: str | None, option: str, others: Iterable[str], path: Path) -> None:
    """Raise LoadError where the name of a column of times states another zone than the one of the option.

    others: columns that are not read. One that is in UTC, next to this one that is not, shows that this one is local.
    """
    if time_zone is None:
        return
    named = zone_in_name(name)
    if named is None:
        in_utc = next((other for other in others if (zone := zone_in_name(other)) and _is_utc(zone)), None)
        if in_utc is None or _offsets(time_zone) != (0, 0) or not _same_kind(name, in_utc):
            return
        raise LoadError(
            f"{path}: the column {in_utc} is in UTC, so {name} is not, but {option} is {time_zone}. Map {in_utc}"
            f" instead, or pass the zone of {name}."
        )
    if named.contradicts(time_zone):
        advice = f"Pass {option} UTC" if _is_utc(named) else f"Correct {option}"
        raise LoadError(
            f"{path}: the name of the column {name} says {named.words}, but the time zone is set to {time_zone}."
            f" {advice}, or rename the column if its name is wrong."
        )


def season_in_name(name: str, time_zone: str) -> SeasonName | None:
    """Return the time of one season that the name of a column states alone, where the zone changes its clocks."""
    named = zone_in_name(name)
    standard, daylight = _offsets(time_zone)
    if named is None or standard == daylight or None not in (named.standard, named.daylight):
        return None
    # Eastern Time is that of both seasons, Eastern Standard Time is not.
    if named.words.endswith(" Time") and not re.search(r"(?i)standard|winter", name):
        return None
    one = named.daylight if named.standard is None else named.standard
    return None if one is None else SeasonName(named.words, one, _fixed(one))


def _is_utc(zone: NamedZone) -> bool:
    return (zone.standard, zone.daylight) == (0, 0)


def _same_kind(name: str, in_utc: str) -> bool:
    """Return whether two names differ in the word for the zone only, as HourDK and HourUTC do."""
    first, second = (_WORDS.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()) for text in (name, in_utc))
    rest = [word for word in second if word not in _UTC]
    return bool(rest) and first[: len(rest)] == rest


def _fixed(minutes: int) -> str:
    """Return the IANA name of a fixed offset; its sign is the other way round."""
    hours = minutes // 60
    return "UTC" if not hours else f"Etc/GMT{'-' if hours > 0 else '+'}{abs(hours)}"
