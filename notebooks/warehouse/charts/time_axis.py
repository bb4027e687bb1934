"""Time axes in the local time of a zone, also on days when the clocks change."""

import json
from itertools import pairwise

import altair as alt
import numpy as np
import pandas as pd

STEPS = [pd.Timedelta(step) for step in ("5min", "15min", "1h", "3h", "6h", "12h")]
STEPS += [pd.Timedelta(days=days) for days in (1, 2, 7, 14)]
MONTHS = {pd.Timedelta(days=30 * months): months for months in (1, 3, 6, 12, 60)}  # ticks are on the first of a month
STEPS += list(MONTHS)
HOUR, DAY = pd.Timedelta(hours=1), pd.Timedelta(days=1)


def clock_axis(
    start: pd.Timestamp, end: pd.Timestamp, zone: str, title: str, most: int = 9, stacked: bool = True
) -> alt.Axis:
    """Return an axis for a scale of type utc, with about `most` labels in the local time of `zone`.

    stacked: put the day below the hour; otherwise both are in one line, for an axis on the left.
    The labels are texts made here, because Vega supports only UTC and the browser's own zone.
    """
    step = round_step(start, end, most)
    ticks = _ticks(start.tz_convert(zone), end.tz_convert(zone), step)
    labels = {milliseconds(ticks[0]): _label(ticks[0], step, True)} if len(ticks) else {}
    labels |= {milliseconds(tick): _label(tick, step, tick.date() != before.date()) for before, tick in pairwise(ticks)}
    for before, tick in pairwise(ticks):  # the two hours of the same name show their offset
        if before.tz_localize(None) == tick.tz_localize(None):
            for at in (before, tick):
                labels[milliseconds(at)][0] += f" {at:%Z}"
    texts: dict[int, list[str] | str] = dict(labels)
    if not stacked:
        texts = {at: " ".join(reversed(lines)) for at, lines in labels.items()}
    expression = f"{json.dumps(texts)}[time(datum.value)]"
    return alt.Axis(values=list(labels), labelExpr=expression, title=f"{title}, {zone}", grid=True, labelFlush=False)


def utc_scale(start: pd.Timestamp, end: pd.Timestamp) -> alt.Scale:
    """Return a time scale from start to end, for `clock_axis`."""
    return alt.Scale(type="utc", nice=False, domain=[milliseconds(start), milliseconds(end)])


def round_step(start: pd.Timestamp, end: pd.Timestamp, most: int) -> pd.Timedelta:
    """Return the finest round step that divides the range into at most `most` parts."""
    return next((step for step in STEPS if (end - start) / step <= most), STEPS[-1])


def round_times(start: pd.Timestamp, end: pd.Timestamp, zone: str, most: int) -> list[pd.Timestamp]:
    """Return about `most` timestamps from start to end that are round in the local time of `zone`."""
    return _ticks(start.tz_convert(zone), end.tz_convert(zone), round_step(start, end, most))


def format_time(at: pd.Timestamp, zone: str) -> str:
    """Return a timestamp in local time, such as `Fri 30 Oct 2026 09:00 EDT`."""
    return f"{at.tz_convert(zone):%a %d %b %Y %H:%M %Z}"


def format_interval(start: pd.Timestamp, end: pd.Timestamp, zone: str) -> str:
    """Return an interval such as `Fri 30 Oct 2026 09:00 to 10:00 EDT`, with both offsets where the clocks change."""
    first, last = start.tz_convert(zone), end.tz_convert(zone)
    changed = f" {first:%Z}" if first.utcoffset() != last.utcoffset() else ""
    return f"{first:%a %d %b %Y %H:%M}{changed} to {last:%H:%M %Z}"


def milliseconds(at: pd.Timestamp) -> int:
    """Return a timestamp in milliseconds since 1970, as Vega counts."""
    return int(at.timestamp() * 1000)


def _ticks(start: pd.Timestamp, end: pd.Timestamp, step: pd.Timedelta) -> list[pd.Timestamp]:
    if step <= HOUR:  # in absolute time: a skipped hour has no tick, a repeated one has two
        since_hour = pd.Timedelta(minutes=start.minute, seconds=start.second, microseconds=start.microsecond)
        hourly = pd.date_range(start - since_hour, end + step, freq=step)
        return [tick for tick in hourly if start <= tick <= end]
    first = start.tz_localize(None).normalize()
    frequency: pd.Timedelta | pd.DateOffset = step
    if step in MONTHS:
        first, frequency = first.replace(month=1, day=1), pd.DateOffset(months=MONTHS[step])
    # In local time: a skipped hour has no tick, a repeated one only its first.
    local = pd.date_range(first, end.tz_localize(None) + frequency, freq=frequency)
    zoned = local.tz_localize(start.tzinfo, ambiguous=np.ones(len(local), dtype=bool), nonexistent="NaT").dropna()
    return [tick for tick in zoned if start <= tick <= end]


def _label(tick: pd.Timestamp, step: pd.Timedelta, is_new_day: bool) -> list[str]:
    if step in MONTHS:
        return [f"{tick:%b %Y}"]
    if step >= DAY:
        return [f"{tick:%a %d %b}"]
    return [f"{tick:%H:%M}", f"{tick:%a %d %b}"] if is_new_day else [f"{tick:%H:%M}"]
