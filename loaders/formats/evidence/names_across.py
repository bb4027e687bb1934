"""Names of columns that are times, such as hours, trading periods, months or days ahead: they are no nodes."""

import re
from collections.abc import Sequence
from pathlib import Path

from loaders.canonical.batch import Records
from loaders.canonical.times import DAY_MICROSECONDS
from loaders.canonical.totals import word_set
from loaders.errors import LoadError
from loaders.formats.evidence.local_clocks import clock_times, microseconds
from loaders.messages import join_names

SHORTEST_DAY = 23
# 1, 01, H1, HE01, Hour 1, Q1, Period 1; and 00:00, 0:15, 01:00-02:00.
_NUMBERED = re.compile(r"(?:(?:[A-Za-z]+[ _.-])?([A-Za-z]{1,10})[ _.-]?)?0{0,2}(\d{1,3})", re.ASCII)
_CLOCK = re.compile(r"\d{1,2}[:h]\d\d(?::\d\d)?(?: ?- ?\d{1,2}[:h]\d\d)?", re.ASCII)
_DATE = re.compile(r"(?:19|20)\d\d(?:[-/.]\d\d?){0,2}|\d\d?[-/.]\d\d?[-/.](?:19|20)\d\d")
_MINUTE = re.compile(r"(?:\d{0,2}:|m|min|minute|xx:)?[ _]?(\d\d?)(?:[ _]?min)?", re.IGNORECASE)
_MINUTES = [set(range(first, first + 60, step)) for step in (5, 10, 15, 30) for first in (0, step)]
_AHEAD = re.compile(r"(?:day|d|hour|h|t|week|w|m)[ _]?[+-][ _]?\d{1,3}", re.IGNORECASE)
_MONTH = re.compile(
    r"(?i)(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz]|ene|abr|ago|dic)[a-zç]{0,7}\.?"
    r"[ _-]?(?:\d\d){0,2}"
)
_WEEKDAY = re.compile(r"(?i)(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?")
# These count the intervals of a day.
_INTERVALS = word_set(
    "interval intervall tp he hb hh hr hour hours qh sp ptu mtu isp period periode período slot block stunde heure hora"
)
# These may, where the rows are days; else they are plants, units or feeders.
_MAYBE_INTERVALS = word_set("h q p t b i s") | {""}
MIN_MAYBE = 4


def refuse_times_across(nodes: Sequence[str], path: Path) -> None:
    """Raise LoadError where columns are times: stored as nodes, their values would be hours, days or months wrong."""
    if what := _times_of(nodes):
        raise LoadError(
            f"{path}: the columns {_shown(nodes)} seem to be {what}, not nodes. Describe the file (warehouse inspect"
            " FILE --write mine.yml). If they are nodes, rename them."
        )
    if _are_nearly_all(_DATE, nodes, 2):
        raise LoadError(
            f"{path}: the columns {_shown(nodes)} seem to be dates, months or years, not nodes. Load one column at a"
            " time, with its own times, or rename them if they are nodes."
        )


def refuse_parts_of_days(nodes: Sequence[str], records: Records, path: Path) -> None:
    """Raise LoadError where each row is a day and the columns are numbered: they may be parts of the day."""
    if len(nodes) < MIN_MAYBE or _consecutive(nodes) not in _MAYBE_INTERVALS:
        return
    role = "interval_end" if "interval_end" in records.columns else "interval_start"
    times = microseconds(clock_times(records.columns, role))
    if len(times) and not (times % DAY_MICROSECONDS).any():
        raise LoadError(
            f"{path}: each row is a day, and its columns {_shown(nodes)} may be the hours or periods of the day. Then"
            " describe the file (warehouse inspect FILE --write mine.yml). If they are nodes with a value a day, pass"
            " --resolution P1D."
        )


def _times_of(nodes: Sequence[str]) -> str | None:
    matches = [match for name in nodes if (match := _NUMBERED.fullmatch(name))]
    numbers = {int(match[2]) for match in matches}
    clocks = [name for name in nodes if _CLOCK.fullmatch(name)]
    if len(clocks) >= MIN_MAYBE or set(range(1, SHORTEST_DAY + 1)) <= numbers:
        return "the hours or intervals of a day"
    if _consecutive(nodes) in _INTERVALS:
        return "the hours or intervals of a day"
    minutes = [match for name in nodes if (match := _MINUTE.fullmatch(name))]
    if len(minutes) == len(nodes) and {int(match[1]) for match in minutes} in _MINUTES:
        return "the minutes of an hour"
    if _are_nearly_all(_AHEAD, nodes, 2):
        return "times ahead of the row"
    for pattern, what in ((_MONTH, "months"), (_WEEKDAY, "days of the week")):
        if _are_nearly_all(pattern, nodes, 3):
            return what
    return None


def _are_nearly_all(pattern: re.Pattern[str], nodes: Sequence[str], fewest: int) -> bool:
    """Return whether the names are of a kind, apart from two, such as a total and a change."""
    return sum(bool(pattern.fullmatch(name)) for name in nodes) >= max(fewest, len(nodes) - 2)


def _consecutive(nodes: Sequence[str]) -> str | None:
    """Return the words before the numbers, in lower case, of names that count from 0 or 1; None for other names."""
    matches = [match for name in nodes if (match := _NUMBERED.fullmatch(name))]
    numbers = [int(match[2]) for match in matches]
    words = {(match[1] or "").lower() for match in matches}
    if len(numbers) < max(2, len(nodes) - 2) or len(words) > 1 or numbers[0] not in (0, 1):
        return None
    return words.pop() if numbers == list(range(numbers[0], numbers[0] + len(numbers))) else None


def _shown(nodes: Sequence[str]) -> str:
    return f"{join_names(nodes[:2])} and so on" if len(nodes) > 2 else join_names(nodes)
