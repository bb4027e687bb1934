"""Whether times are the start or the end of their intervals, as names of columns and the times themselves show it."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.batch import Records
from loaders.canonical.totals import word_set, words_of
from loaders.errors import LoadError
from loaders.notices import notify

# Words that say end or start anywhere in a name, and those that say it as the last word only.
_END = word_set(
    "end ends ended ending ende endzeit endzeitpunkt enddatum enddate endtime until hasta fin fine fim "
    "bis he finish stop einde eindtijd slut slutt koniec konec vége loppu loppuaika sluttid "
    "upto through thru eop"
)
_LAST_END = word_set("to do au à al até tot til till tom")
_START = word_set(
    "start starts started starting begin begins beginning beginn anfang startzeit startdate starttime "
    "from von vom desde debut début inicio início inizio hb fra från alku alkuaika"
)
_LAST_START = word_set("de du dal od ab van")
_CLOCK = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)")
# The end of the first interval of a day, of the usual lengths.
_FIRST_ENDS = ("00:05", "00:10", "00:15", "00:30", "01:00")
_END_OF_DAY = r"[T ]24:00"
_JOINED = re.compile(
    r"(?:gmt|utc)?(?:hour|hr|period|interval|date|time|datetime|timestamp|mtu|quarter|valid|delivery)s?"
    r"(?:(?P<end>end|ending|to|until)|(?P<start>start|starting|begin|beginning|from))"
    r"(?:time|date|datetime|utc|gmt)?"
)
_TIME_WORDS = word_set("date datetime timestamp dt ts datum")
_CJK = re.compile("(開始|开始)|終了|结束|結束")
EDGE_WORDS = _END | _LAST_END | _START | _LAST_START
ZONE_WORDS = word_set("utc gmt cet cest mez mesz est edt cst cdt mst mdt pst pdt ept local time zeit lokal")


def edge_in_name(name: str) -> str | None:
    """Return start or end, where the name of a column of times says which of them it is; else None."""
    if sign := _CJK.search(name):
        return "start" if sign[1] else "end"
    words = [word for word in words_of(name) if word not in ZONE_WORDS | _TIME_WORDS] or words_of(name)
    joined = [match for word in words if (match := _JOINED.fullmatch(word))]
    last = set(words[-1:])
    if last & _LAST_END and set(words[-2:-1]) & (_LAST_START | _START):
        return None  # both, as in od-do
    says_end = bool(_END & set(words) or _LAST_END & last or any(match["end"] for match in joined))
    says_start = bool(_START & set(words) or _LAST_START & last or any(match["start"] for match in joined))
    if says_end == says_start:
        return None
    return "end" if says_end else "start"


def check_starts(stream: Iterable[Records], name: str, path: Path) -> Iterator[Records]:
    """Yield the records. Raises LoadError where a time that is read as the start is 24:00, which only an end is.

    Times that run from the end of the first interval of a day to midnight are reported, unless the column's name says
    that they are starts.
    """
    first, last = None, None
    for records in stream:
        column = records.columns.get("interval_start")
        if "interval_end" not in records.columns and column is not None and pa.types.is_string(column.type):
            _refuse_end_of_day(records, column, path)
            bounds = pc.min_max(column).as_py()
            first = min(filter(None, (first, bounds["min"])), default=None)
            last = max(filter(None, (last, bounds["max"])), default=None)
        yield records
    if edge_in_name(name) is None and _run_like_ends(first or "", last or ""):
        notify(
            path,
            f"the times of {name} run from {first} to {last}, as the ends of intervals do. If they are ends, withdraw"
            f" this load and map the column (--map '{name}=interval_end')",
        )


def _refuse_end_of_day(records: Records, column: pa.Array, path: Path) -> None:
    is_end = pc.fill_null(pc.match_substring_regex(column, _END_OF_DAY), False)
    place = pc.index(is_end, pa.scalar(True)).as_py()
    if place >= 0:
        raise LoadError(
            f"{path}: row {records.row_number[place]} has the time {column[place]}, so the times seem to be the ends of"
            " the intervals. Map their column to interval_end (--map COLUMN=interval_end)."
        )


def _run_like_ends(first: str, last: str) -> bool:
    """Return whether times run from one interval after a midnight to a later midnight."""
    begin, end = _CLOCK.match(first), _CLOCK.match(last)
    return bool(begin and end and end[2] == "00:00" and begin[2] in _FIRST_ENDS and begin[1] < end[1])
