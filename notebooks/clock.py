"""Time axes that show a zone's own clock, also on the days it changes."""

import json
from itertools import pairwise

import altair as alt
import pandas as pd

STEPS = [pd.Timedelta(step) for step in ("5min", "15min", "1h", "3h", "6h", "12h")]
STEPS += [pd.Timedelta(days=days) for days in (1, 2, 7, 14, 28, 91, 182, 364, 1820)]
DAY = pd.Timedelta(days=1)


def clock_axis(start: pd.Timestamp, end: pd.Timestamp, zone: str, title: str, most: int = 9) -> alt.Axis:
    """An axis for a scale of type utc, with about `most` labels in the wall-clock time of `zone`.

    The labels are made here, because Vega knows only UTC and the reader's own zone.
    """
    step = next((step for step in STEPS if (end - start) / step <= most), STEPS[-1])
    ticks = _ticks(start.tz_convert(zone), end.tz_convert(zone), step)
    labels = {_milliseconds(ticks[0]): _label(ticks[0], step, True)} if len(ticks) else {}
    labels |= {
        _milliseconds(tick): _label(tick, step, tick.date() != before.date()) for before, tick in pairwise(ticks)
    }
    text = f"{json.dumps(labels)}[time(datum.value)]"
    return alt.Axis(values=list(labels), labelExpr=text, title=f"{title}, {zone}", grid=True, labelFlush=False)


def moment(at: pd.Timestamp, zone: str) -> str:
    """Like `Fri 30 Oct 2026 09:00 EDT`."""
    return f"{at.tz_convert(zone):%a %d %b %Y %H:%M %Z}"


def _ticks(start: pd.Timestamp, end: pd.Timestamp, step: pd.Timedelta) -> list[pd.Timestamp]:
    # On the wall clock; an hour that a change of clocks skips has no tick, a repeated one has its first.
    first = start.tz_localize(None).normalize()
    wall = pd.date_range(first, end.tz_localize(None) + step, freq=step)
    local = wall.tz_localize(start.tzinfo, ambiguous=[True] * len(wall), nonexistent="NaT").dropna()
    return [tick for tick in local if start <= tick <= end]


def _label(tick: pd.Timestamp, step: pd.Timedelta, new_day: bool) -> list[str]:
    if step >= DAY:
        return [f"{tick:%d %b}", f"{tick:%Y}"] if step > 7 * DAY else [f"{tick:%a %d %b}"]
    return [f"{tick:%H:%M}", f"{tick:%a %d %b}"] if new_day else [f"{tick:%H:%M}"]


def _milliseconds(tick: pd.Timestamp) -> int:
    return int(tick.timestamp() * 1000)
