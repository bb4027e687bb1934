"""What a rule can measure: the kinds, their parameters, and each in plain words.

To add a kind: an entry here, and its flag and limits in measure.py, or an expectation in the suite of the marts.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

Limit = float | str | timedelta | datetime

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


@dataclass(frozen=True)
class Kind:
    """parameters: name → reader, which raises ValueError saying what was expected; words: what holds for a good row."""

    parameters: Mapping[str, Callable[[object], Limit]]
    words: str

    def explain(self, limits: Mapping[str, Limit]) -> str:
        """What a good row is like, with the limits filled in."""
        return self.words.format_map({name: _text(limit) for name, limit in limits.items()})


def number(given: object) -> float:
    """A finite number; raises ValueError."""
    # YAML reads yes and no as booleans, which Python counts as numbers.
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise ValueError("must be a number")
    return float(given)


def positive(given: object) -> float:
    """A finite number above zero; raises ValueError."""
    try:
        if (found := number(given)) > 0:
            return found
    except ValueError:
        pass
    raise ValueError("must be a number above 0")


def share(given: object) -> float:
    """A number from 0 to 1; raises ValueError."""
    found = number(given)
    if not 0 <= found <= 1:
        raise ValueError("must be from 0 to 1")
    return found


def count(given: object) -> float:
    """A whole number from 1; raises ValueError."""
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise ValueError("must be a whole number from 1")
    return given


def name(given: object) -> str:
    """Text that is not empty; raises ValueError."""
    if not isinstance(given, str) or not given.strip():
        raise ValueError("must be a name")
    return given


def duration(given: object) -> timedelta:
    """An ISO 8601 duration in days or less (months have no fixed length); raises ValueError."""
    match = _DURATION.fullmatch(given) if isinstance(given, str) else None
    if match is None or not any(match.groups()):
        raise ValueError("must be a duration such as P2D or PT48H")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def day(given: object) -> datetime:
    """A date, as its beginning in UTC; raises ValueError."""
    if isinstance(given, datetime) or not isinstance(given, date):
        raise ValueError("must be a date such as 1950-01-01")
    return datetime(given.year, given.month, given.day, tzinfo=UTC)


KINDS: Mapping[str, Kind] = {
    "finite": Kind({}, "value is a finite number or null"),
    "times": Kind(
        {"earliest": day, "collected_ahead": duration, "interval_ahead": duration},
        "times from {earliest}, collected at most {collected_ahead} and for at most {interval_ahead} ahead of storing",
    ),
    "range": Kind({"min": number, "max": number}, "value from {min} to {max}"),
    # Before and after the beginning of the interval.
    "horizon": Kind(
        {"before": duration, "after": duration}, "collected at most {before} before or {after} after interval_start"
    ),
    "nulls": Kind({}, "value is not null"),
    # Against the newest value that the same load has for the interval before.
    "jump": Kind({"max_change": positive}, "value at most {max_change} from that of the interval before"),
    # By the newest value of each interval; rows beyond the longest run break the rule.
    "flat_line": Kind({"longest": duration}, "the same value for at most {longest}"),
}


# What no single load can show; `check marts` measures it.
MART_KINDS: Mapping[str, Kind] = {
    # Of the intervals of a grid's last full local day. remembered: how long a silent series is still expected.
    "completeness": Kind(
        {"min_share": share, "remembered": duration}, "at least {min_share} of a grid's last full local day is there"
    ),
    "hierarchy_share": Kind(
        {"min_share": share, "remembered": duration}, "at least {min_share} of a region's nodes told of that day"
    ),
    # Both as durations back from the newest publication.
    "cadence": Kind(
        {"source": name, "every": duration, "over_last": duration}, "{source} publishes every {every}, over {over_last}"
    ),
    # Between medians, in interquartile ranges of the history before the load; of at least min_rows values each.
    "shift": Kind(
        {"max_shift": positive, "history": duration, "min_rows": count},
        "the median at most {max_shift} interquartile ranges from that of {history} before",
    ),
    # Of a node against the nodes of the region `children` of the same grid. tolerance: in the metric's unit.
    "reconciliation": Kind(
        {
            "grid": name,
            "node": name,
            "children": name,
            "tolerance": number,
            "share_allowed": share,
            "over_last": duration,
        },
        "{children} adds up to {node} of {grid} within {tolerance}",
    ),
}


def limit_as_json(limit: Limit) -> float | str:
    """A limit as the server reads it."""
    if isinstance(limit, timedelta):
        # Without days, which the server would look up in a time zone, row by row.
        return f"{limit.total_seconds()} seconds"
    return limit.isoformat() if isinstance(limit, datetime) else limit


def _text(limit: Limit) -> str:
    if isinstance(limit, timedelta):
        days, seconds = limit.days, limit.seconds
        return f"{days} days" if not seconds else f"{limit.total_seconds() / 3600:g} hours"
    if isinstance(limit, datetime):
        return f"{limit:%Y-%m-%d}"
    return limit if isinstance(limit, str) else f"{limit:,.10g}"
