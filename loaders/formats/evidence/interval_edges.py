"""Whether times are the start or the end of their intervals, as the names of their columns say it."""

import re

from loaders.canonical.totals import word_set, words_of

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
