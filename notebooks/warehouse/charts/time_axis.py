"""Time axes that show a zone's own clock, also on the days it changes."""

import json
from itertools import pairwise

import altair as alt
import pandas as pd

STEPS = [pd.Timedelta(step) for step in ("5min", "15min", "1h", "3h", "6h", "12h")]
STEPS += [pd.Timedelta(days=days) for days in (1, 2, 7, 14)]
MONTHS = {pd.Timedelta(days=30 * months): months for months in (1, 3, 6, 12, 60)}  # about, and drawn at the firsts
STEPS += list(MONTHS)
HOUR, DAY = pd.Timedelta(hours=1), pd.Timedelta(days=1)


def clock_axis(
    start: pd.Timestamp, end: pd.Timestamp, zone: str, title: str, most: int = 9, stacked: bool = True
) -> alt.Axis:
    """An axis for a scale of type utc, with about `most` labels in the wall-clock time of `zone`.

    stacked: a label has the day below the hour; otherwise both in one line, for an axis on the left.
    The labels are made here, because Vega knows only UTC and the reader's own zone.
    """
    step = round_step(start, end, most)
    ticks = _ticks(start.tz_convert(zone), end.tz_convert(zone), step)
    labels = {milliseconds(ticks[0]): _label(ticks[0], step, True)} if len(ticks) else {}
    labels |= {milliseconds(tick): _label(tick, step, tick.date() != before.date()) for before, tick in pairwise(ticks)}
    for before, tick in pairwise(ticks):  # an hour that comes twice says which it is
        if before.tz_localize(None) == tick.tz_localize(None):
            for at in (before, tick):
                labels[milliseconds(at)][0] += f" {at:%Z}"
    if not stacked:
        labels = {at: " ".join(reversed(words)) for at, words in labels.items()}
    text = f"{json.dumps(labels)}[time(datum.value)]"
    return alt.Axis(values=list(labels), labelExpr=text, title=f"{title}, {zone}", grid=True, labelFlush=False)


def round_step(start: pd.Timestamp, end: pd.Timestamp, most: int) -> pd.Timedelta:
    """The finest of the round steps that divides the time from start to end into at most so many."""
    return next((step for step in STEPS if (end - start) / step <= most), STEPS[-1])


def round_moments(start: pd.Timestamp, end: pd.Timestamp, zone: str, most: int) -> list[pd.Timestamp]:
    """At most about so many moments from start to end that are round on the clock of `zone`."""
    return _ticks(start.tz_convert(zone), end.tz_convert(zone), round_step(start, end, most))


def moment(at: pd.Timestamp, zone: str) -> str:
    """Like `Fri 30 Oct 2026 09:00 EDT`."""
    return f"{at.tz_convert(zone):%a %d %b %Y %H:%M %Z}"


def hours(start: pd.Timestamp, end: pd.Timestamp, zone: str) -> str:
    """Like `Fri 30 Oct 2026 09:00 to 10:00 EDT`; both offsets are named where the clock changes in between."""
    first, last = start.tz_convert(zone), end.tz_convert(zone)
    changed = f" {first:%Z}" if first.utcoffset() != last.utcoffset() else ""
    return f"{first:%a %d %b %Y %H:%M}{changed} to {last:%H:%M %Z}"


def _ticks(start: pd.Timestamp, end: pd.Timestamp, step: pd.Timedelta) -> list[pd.Timestamp]:
    if step <= HOUR:  # on the line of time: an hour that a change of clocks skips has no tick, a repeated one has two
        passed = pd.Timedelta(minutes=start.minute, seconds=start.second, microseconds=start.microsecond)
        passing = pd.date_range(start - passed, end + step, freq=step)
        return [tick for tick in passing if start <= tick <= end]
    first = start.tz_localize(None).normalize()
    if step in MONTHS:
        first, step = first.replace(month=1, day=1), pd.DateOffset(months=MONTHS[step])
    # On the wall clock; an hour that is skipped has no tick, a repeated one has its first.
    wall = pd.date_range(first, end.tz_localize(None) + step, freq=step)
    local = wall.tz_localize(start.tzinfo, ambiguous=[True] * len(wall), nonexistent="NaT").dropna()
    return [tick for tick in local if start <= tick <= end]


def _label(tick: pd.Timestamp, step: pd.Timedelta, new_day: bool) -> list[str]:
    if step in MONTHS:
        return [f"{tick:%b %Y}"]
    if step >= DAY:
        return [f"{tick:%a %d %b}"]
    return [f"{tick:%H:%M}", f"{tick:%a %d %b}"] if new_day else [f"{tick:%H:%M}"]


def milliseconds(tick: pd.Timestamp) -> int:
    """An instant as Vega counts."""
    return int(tick.timestamp() * 1000)
