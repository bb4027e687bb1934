"""How the value of one interval evolved: steps over knowledge time."""

from dataclasses import dataclass, replace

import altair as alt
import pandas as pd

from warehouse.charts.captions import (
    HEIGHT,
    NUMBER,
    SHORT_NUMBER,
    WIDTH,
    as_of_caption,
    caption,
    closed_known_to,
    describe_series,
    format_times,
    require_columns,
    resolve_time_zone,
    time_zone_note,
)
from warehouse.charts.colors import GREY, WITHDRAWN
from warehouse.charts.layers import layer, side_by_side
from warehouse.charts.rendering import drawn_offline
from warehouse.charts.time_axis import clock_axis, format_interval, utc_scale
from warehouse.errors import ReadError

NEEDED = ["series_id", "grid_name", "region_name", "node_name", "metric", "unit", "value", "interval_start"]
NEEDED += ["interval_end", "collected_at", "known_to"]
# The kinds of revisions by when they were collected; colour and shape say the same.
REVISION_KINDS = {
    "forecast": ("#5b93c8", "circle"),
    "last forecast": ("#0b4f8a", "square"),
    "after delivery": ("#d55e00", "diamond"),
    "restated": ("#b5509a", "triangle-up"),
    "withdrawn": (WITHDRAWN, "cross"),
}
LATE = pd.Timedelta(hours=12)  # after delivery; later revisions have a panel of their own
LATE_WIDTH = 220


@dataclass(frozen=True)
class _Encodings:
    """The encodings that both panels share."""

    y: alt.Y
    color: alt.Color
    shape: alt.Shape
    tooltip: list[alt.Tooltip]


@drawn_offline
def evolution(frame: pd.DataFrame, zone: str | None = None) -> alt.HConcatChart:
    """Draw how the value of one interval evolved: steps over knowledge time, with the interval as a band.

    Revisions long after delivery are in a second panel, so that the forecasts keep their width.

    Args:
        frame: The rows of `wh.history` for one interval.
        zone: IANA time zone of the axis. By default that of the grid.

    Returns:
        One or two panels side by side; the y axis is in the unit of the series.

    Raises:
        ReadError: For several intervals, several series, or no rows.

    Example:
        >>> import pandas as pd
        >>> from warehouse import charts
        >>> names = {"grid_name": "G", "region_name": "R", "node_name": "N", "metric": "power", "unit": "kW"}
        >>> start = pd.Timestamp("2026-10-31 18:00Z")
        >>> times = pd.to_datetime(["2026-10-30T09:00Z", "2026-10-31T20:00Z"])
        >>> interval = {"interval_start": start, "interval_end": start + pd.Timedelta("1h")}
        >>> rows = {"series_id": 1, **names, **interval, "value": [100.0, 98.0], "collected_at": times}
        >>> frame = pd.DataFrame(rows).assign(known_to=[times[1], pd.NaT])
        >>> charts.evolution(frame, zone="UTC").to_dict()["title"]["text"]
        'G / R / N: power in kW, Sat 31 Oct 2026 18:00 to 19:00 UTC'
    """
    require_columns(NEEDED, "history(node, metric, interval)", frame)
    if frame["interval_start"].nunique() != 1:
        raise ReadError("This chart shows one interval; the frame has several. Pass history(node, metric, start).")
    name, unit = describe_series(frame)
    axis_zone = resolve_time_zone(frame, zone)
    start, end = frame["interval_start"].iloc[0], frame["interval_end"].iloc[0]
    steps = _steps(frame.assign(known_to=closed_known_to(frame)), end)
    is_late = steps["collected_at"] > end + LATE
    encodings = _encodings(steps, unit)
    parts = [part for part in (steps[~is_late], steps[is_late]) if len(part)]
    widths = [WIDTH] if len(parts) == 1 else [WIDTH - LATE_WIDTH, LATE_WIDTH]
    panels = []
    for part, width in zip(parts, widths, strict=True):
        panels.append(_panel(part, encodings, axis_zone, (start, end), width))
        second_axis = alt.Axis(format=NUMBER, labels=False, ticks=False, title=None)
        encodings = replace(encodings, y=encodings.y.axis(second_axis))
    notes = [
        time_zone_note(frame, axis_zone, zone),
        "value by the time when it was collected",
        "grey band: the interval" if not is_late.all() else "",
    ]
    subject = f"{name}, {format_interval(start, end, axis_zone)}"
    title = caption(subject, *notes, as_of_caption(frame, axis_zone))
    return side_by_side(*panels, title=title).resolve_scale(color="shared", shape="shared")


def _steps(frame: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """Return each revision with its kind and the level at which it is drawn (withdrawn: at the value before)."""
    extra = [name for name in ("lead_time_hours", "load_id") if name in frame]
    columns = ["collected_at", "known_to", "value", *extra]
    steps = frame[columns].sort_values("collected_at", ignore_index=True)
    is_before, is_withdrawn = steps["collected_at"] < end, steps["value"].isna()
    steps["kind"] = "forecast"
    steps.loc[steps.index[is_before & ~is_withdrawn][-1:], "kind"] = "last forecast"
    steps["is_after"], steps["is_new"] = ~is_before, steps["value"] != steps["value"].shift()
    steps.loc[~is_before, "kind"] = "after delivery"
    until_first_reading = (~is_before & ~is_withdrawn).cumsum().eq(0).shift(fill_value=True)
    steps.loc[~is_before & steps["is_new"] & ~until_first_reading, "kind"] = "restated"
    steps.loc[is_withdrawn, "kind"] = "withdrawn"
    steps["level"] = steps["value"].ffill().bfill().fillna(0)
    return steps.assign(level_before=steps["level"].shift().fillna(steps["level"]))


def _encodings(steps: pd.DataFrame, unit: str) -> _Encodings:
    kinds = [kind for kind in REVISION_KINDS if kind in set(steps["kind"])]
    low, high = steps["level"].min(), steps["level"].max()
    margin = 0.12 * (high - low) or max(abs(high) * 0.05, 1)
    legend = alt.Legend(title=None, orient="right")
    colors, shapes = zip(*(REVISION_KINDS[kind] for kind in kinds), strict=True)
    y = alt.Y("level:Q").scale(domain=[low - margin, high + margin], nice=False).axis(format=NUMBER).title(unit)
    tooltip = [
        alt.Tooltip("collected_text:N", title="collected at"),
        alt.Tooltip("collected_utc:N", title="in UTC"),
        alt.Tooltip("value:Q", format=NUMBER, title=f"value in {unit}"),
        alt.Tooltip("kind:N", title="kind"),
    ]
    if "lead_time_hours" in steps:
        tooltip.append(alt.Tooltip("lead_time_hours:Q", format=",.4~r", title="lead time in hours"))
    if "load_id" in steps:
        tooltip.append(alt.Tooltip("load_id:Q", title="load"))
    return _Encodings(
        y=y,
        color=alt.Color("kind:N", sort=kinds).scale(domain=kinds, range=list(colors)).legend(legend),
        shape=alt.Shape("kind:N", sort=kinds).scale(domain=kinds, range=list(shapes)).legend(legend),
        tooltip=tooltip,
    )


def _panel(
    steps: pd.DataFrame, shared: _Encodings, zone: str, interval: tuple[pd.Timestamp, pd.Timestamp], width: int
) -> alt.LayerChart:
    is_late = steps["collected_at"].min() > interval[1] + LATE
    shown = steps["collected_at"] if is_late else pd.concat([steps["collected_at"], pd.Series(interval)])
    first, last = shown.min(), shown.max()
    margin = max(0.05 * (last - first), pd.Timedelta(hours=9) if is_late else pd.Timedelta(minutes=30))
    first, last = first - margin, last + 2.5 * margin  # on the right, for the newest number
    axis = clock_axis(first, last, zone, "collected later" if is_late else "collected at", round(width / 85))
    x = alt.X("collected_at:T").scale(utc_scale(first, last)).axis(axis)
    until = steps["known_to"].fillna(last)
    drawn = steps.assign(
        until=until.where(until <= last, last),
        collected_text=format_times(steps["collected_at"], zone),
        collected_utc=steps["collected_at"].dt.strftime("%Y-%m-%d %H:%M UTC"),
    )
    chart = alt.Chart(drawn)
    valid = chart.transform_filter("isValid(datum.value)")
    point = chart.mark_point(filled=True, size=80, opacity=1)
    layers = [
        chart.mark_rule(color=GREY).encode(x=x, y=shared.y, y2="level_before"),
        valid.mark_rule(strokeWidth=3).encode(x=x, x2="until", y=shared.y, color=shared.color),
        point.encode(x=x, y=shared.y, color=shared.color, shape=shared.shape, tooltip=shared.tooltip),
    ]
    # The number of the last forecast is to its left, those of later values to their right, so that they do not meet.
    left = valid.transform_filter("datum.kind == 'last forecast'").mark_text(dy=-12, align="right", fontSize=11)
    right = valid.transform_filter("datum.is_new && datum.is_after").mark_text(dy=-12, align="left", fontSize=11)
    layers += [mark.encode(x=x, y=shared.y, text=alt.Text("value:Q", format=SHORT_NUMBER)) for mark in (left, right)]
    if not is_late:
        band = alt.Chart(pd.DataFrame({"collected_at": [interval[0]], "until": [interval[1]]}))
        layers.insert(0, band.mark_rect(color="#999999", opacity=0.25).encode(x=x, x2="until"))
    return layer(*layers, width=width, height=HEIGHT)
