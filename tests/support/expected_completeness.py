"""How complete the days of a series should be, by looking at every interval of every day."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from tests.support.expected_marts import HOUR, LENGTHS, Chains, Series, instant


def completeness(chains: Chains) -> Iterator[tuple]:
    """names, local day, expected, present, withdrawn, missing; every interval of every day is looked at."""
    for series, intervals in chains.items():
        first, until = expected_span(series, chains)
        if series.resolution in ("P7D", "P1M", "P1Y"):
            yield from completeness_of_calendar(series, intervals, until)
            continue
        day, last_day = series.local(min(intervals)).date(), series.local(max(intervals)).date()
        if until is not None:
            last_day = series.local(until - timedelta(microseconds=1)).date()
        while day <= last_day:
            of_day = [chain[-1].value for start, chain in intervals.items() if series.local(start).date() == day]
            present = sum(value is not None for value in of_day)
            expected = len(expected_starts(series, day, min(intervals), first, until))
            yield (*series.names, day, expected, present, len(of_day) - present, expected - present)
            day += timedelta(days=1)


def completeness_of_calendar(series: Series, intervals: dict, until: datetime | None) -> Iterator[tuple]:
    """Weeks, months or years, from each that was reported to the next, on the day on which they begin."""
    for reported, following in pairwise([*sorted(intervals), until or series.end(max(intervals))]):
        start = reported
        while start == reported or series.end(start) <= following:
            is_reported = start == reported
            present = is_reported and intervals[start][-1].value is not None
            withdrawn = is_reported and not present
            yield (*series.names, series.local(start).date(), 1, int(present), int(withdrawn), 1 - int(present))
            start = series.end(start)


def expected_span(series: Series, chains: Chains) -> tuple[datetime | None, datetime | None]:
    """From and to when a series is expected, where another resolution of the same comes before or after it."""
    others = [
        (min(intervals), other.end(max(intervals)))
        for other, intervals in chains.items()
        if other[:6] == series[:6] and other != series
    ]
    first, end = min(chains[series]), series.end(max(chains[series]))
    later = [other_first for other_first, other_end in others if other_end > end]
    begins = first if any(other_first < first for other_first, _ in others) else None
    return begins, max(end, min(later)) if later else None


def expected_starts(
    series: Series, day: date, anchor: datetime, first: datetime | None, until: datetime | None
) -> list[datetime]:
    """The intervals of a day, counted from the first of the series."""
    if series.resolution == "P1D":
        return [anchor]
    length = LENGTHS[series.resolution]
    noon = instant(datetime.combine(day, time(12)), series.zone)
    steps = (noon - anchor) // length
    starts = [
        anchor + step * length for step in range(steps - int(16 * HOUR / length), steps + int(16 * HOUR / length))
    ]
    return [
        start
        for start in starts
        if series.local(start).date() == day and (not first or start >= first) and (not until or start < until)
    ]
