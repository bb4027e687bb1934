"""Replay of what was known: a slider and a play switch through knowledge time."""

from typing import Any

import altair as alt
import pandas as pd

from warehouse.charts.captions import (
    HEIGHT,
    NUMBER,
    WIDTH,
    as_of_caption,
    as_of_time,
    caption,
    closed_known_to,
    describe_series,
    format_days,
    format_times,
    require_columns,
    resolve_time_zone,
    time_zone_note,
)
from warehouse.charts.colors import DASHES, DISTINCT_COLORS, GREY, INK
from warehouse.charts.interval_evolution import NEEDED
from warehouse.charts.layers import layer
from warehouse.charts.rendering import TIMER, drawn_offline
from warehouse.charts.time_axis import clock_axis, format_time, round_times, utc_scale
from warehouse.errors import ReadError

MAX_STEPS = 60  # as-of times; where there are more publications, round times are taken
MAX_ROWS = 20_000
STEP_MILLISECONDS = 700
KINDS = ["metered", "forecast", "newest value"]  # solid, dashed, and grey in the background
LINE_COLORS = [DISTINCT_COLORS[1], DISTINCT_COLORS[0], GREY]
LINE_DASHES = [DASHES[0], DASHES[1], DASHES[0]]


@drawn_offline
def replay(frame: pd.DataFrame, zone: str | None = None) -> alt.LayerChart:
    """Draw what was known of a range at one time after the other: solid where metered, dashed where forecast.

    Move the slider through knowledge time, or switch `play` on. The picture without scripts shows the last time.

    Args:
        frame: The rows of `wh.history` for a range, of one series.
        zone: IANA time zone of the axis. By default that of the grid.

    Returns:
        A layered chart; the y axis is in the unit of the series and stays the same.

    Raises:
        ReadError: For several series, too many revisions, or no rows.

    Example:
        >>> import pandas as pd
        >>> from warehouse import charts
        >>> names = {"grid_name": "G", "region_name": "R", "node_name": "N", "metric": "power", "unit": "kW"}
        >>> start = pd.Timestamp("2026-10-31 18:00Z")
        >>> times = pd.to_datetime(["2026-10-30T09:00Z", "2026-10-31T20:00Z"])
        >>> interval = {"interval_start": start, "interval_end": start + pd.Timedelta("1h")}
        >>> rows = {"series_id": 1, **names, **interval, "value": [100.0, 98.0], "collected_at": times}
        >>> frame = pd.DataFrame(rows).assign(known_to=[times[1], pd.NaT])
        >>> charts.replay(frame, zone="UTC").to_dict()["title"]["subtitle"][0]
        'times in UTC; 2 times, from Fri 30 Oct 2026 09:00 UTC to Sat 31 Oct 2026 20:00 UTC'
    """
    require_columns(NEEDED, "history(node, metric, (start, end))", frame)
    name, unit = describe_series(frame)
    axis_zone = resolve_time_zone(frame, zone)
    if len(frame) > MAX_ROWS:
        raise ReadError(f"{len(frame):,} revisions are too many to replay; {MAX_ROWS:,} fit. Choose a shorter range.")
    history = frame.assign(known_to=closed_known_to(frame)).sort_values(["interval_start", "collected_at"])
    times = _times(history, axis_zone, as_of_time(frame))
    start, end = frame["interval_start"].min(), frame["interval_end"].max()
    x = alt.X("interval_start:T").scale(utc_scale(start, end)).axis(clock_axis(start, end, axis_zone, "interval start"))
    publications = frame["collected_at"].nunique()
    notes = [
        time_zone_note(frame, axis_zone, zone),
        f"{len(times)} times, from {format_time(times[0], axis_zone)} to {format_time(times[-1], axis_zone)}",
        f"of {publications:,} times of collection" if publications > len(times) else "",
        "a gap: no value was known, or it was withdrawn",
    ]
    days = format_days(start.tz_convert(axis_zone), frame["interval_start"].max().tz_convert(axis_zone))
    title = caption(f"Replay, {name}, {days}", *notes, as_of_caption(frame, axis_zone))
    marks = _marks(_states(history, times, axis_zone), _steps(times, axis_zone, start, end), x, unit)
    chart = layer(*marks, width=WIDTH, height=HEIGHT, title=title)
    timer = {
        "signal": "step",
        "milliseconds": STEP_MILLISECONDS,
        "update": f"playing ? (step + 1) % {len(times)} : step",
    }
    return chart.properties(usermeta={TIMER: timer})


def _times(history: pd.DataFrame, zone: str, last: pd.Timestamp | None) -> list[pd.Timestamp]:
    """Return the as-of times: each time of collection, or round times where there are many, and the last one."""
    times = sorted(history["collected_at"].unique())
    if len(times) <= MAX_STEPS:
        return times
    newest = times[-1] if last is None else min(times[-1], last)
    return [*[at for at in round_times(times[0], newest, zone, MAX_STEPS - 1) if at < newest], newest]


def _states(history: pd.DataFrame, times: list[pd.Timestamp], zone: str) -> pd.DataFrame:
    """Return one row per interval and stretch of steps in which it had the same value; null where it had none.

    `since` is the first step of the stretch, `until` the first one after it. The value is in the column of its kind.
    """
    steps = pd.to_datetime(times, utc=True)
    rows = history[["interval_start", "interval_end", "collected_at", "value"]].reset_index(drop=True)
    rows["since"] = steps.searchsorted(history["collected_at"])
    known_to = history["known_to"].reset_index(drop=True)
    rows["until"] = pd.Series(steps.searchsorted(known_to.fillna(steps[-1])), index=rows.index)
    rows["until"] = rows["until"].mask(known_to.isna(), len(times))
    rows = rows[rows["since"] < rows["until"]]
    is_metered = rows["collected_at"] >= rows["interval_end"]
    newest = history.groupby("interval_start")["value"].last()
    unknown = history.groupby("interval_start")["collected_at"].min().reset_index()  # until its first revision
    unknown["since"], unknown["until"] = 0, steps.searchsorted(unknown.pop("collected_at"))
    states = pd.concat(
        [
            rows.assign(metered=rows["value"].where(is_metered), forecast=rows["value"].where(~is_metered)),
            unknown[unknown["until"] > 0],
        ],
        ignore_index=True,
    )
    states["newest value"] = states["interval_start"].map(newest)
    return states.assign(
        interval_text=format_times(states["interval_start"], zone),
        collected_text=format_times(states["collected_at"], zone),
    ).drop(columns=["interval_end", "value"])


def _steps(times: list[pd.Timestamp], zone: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """Return one row per step with the text of its time, and the position of its rule within the axis."""
    at = pd.Series(pd.to_datetime(times, utc=True))
    return pd.DataFrame(
        {
            "since": range(len(times)),
            "label": [f"as of {format_time(time, zone)}" for time in times],
            "interval_start": [min(max(time, start), end) for time in times],
            "is_inside": at.between(start, end),
        }
    )


def _marks(states: pd.DataFrame, steps: pd.DataFrame, x: alt.X, unit: str) -> list[alt.Chart]:
    last = int(steps["since"].max())
    step = alt.param(
        name="step", value=last, bind=alt.binding_range(min=0, max=last, step=1, name="knowledge time, step ")
    )
    playing = alt.param(name="playing", value=False, bind=alt.binding_checkbox(name="play "))
    values = states[KINDS]
    low, high = float(values.min().min()), float(values.max().max())
    margin = 0.08 * (high - low) or 1.0
    scale = alt.Scale(domain=[low - margin, high + margin], nice=False)
    legend = alt.Legend(title=None, orient="top", symbolType="stroke", symbolSize=300, labelLimit=0)
    color = alt.Color("kind:N").scale(domain=KINDS, range=LINE_COLORS).legend(legend)
    dash = alt.StrokeDash("kind:N").scale(domain=KINDS, range=LINE_DASHES).legend(legend)
    base = alt.Chart(states).transform_filter("datum.since <= step && step < datum.until")
    marks = []
    for kind in reversed(KINDS):  # metered values are on top
        tooltip: list[Any] = [
            alt.Tooltip("interval_text:N", title="interval start"),
            alt.Tooltip(f"{kind}:Q", format=NUMBER, title=f"{kind} in {unit}"),
            alt.Tooltip("collected_text:N", title="collected at"),
        ]
        y = alt.Y(f"{kind}:Q").scale(scale).axis(format=NUMBER).title(unit)
        line = base.transform_calculate(kind=f"'{kind}'").mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=14))
        marks.append(line.encode(x=x, y=y, color=color, strokeDash=dash, tooltip=tooltip))
    now = alt.Chart(steps).transform_filter("datum.since == step")
    rule = now.transform_filter("datum.is_inside").mark_rule(color=INK, strokeDash=[4, 3]).encode(x=x)
    label = now.mark_text(align="right", baseline="bottom", dy=-8, fontSize=13, fontWeight="bold", color=INK)
    label = label.encode(x=alt.value(WIDTH), y=alt.value(0), text="label:N")
    return [marks[0].add_params(step, playing), *marks[1:], rule, label]
