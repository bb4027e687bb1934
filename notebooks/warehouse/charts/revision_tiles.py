"""All revisions of a day or two on both clocks: one tile each, as wide as its interval, as tall as it was known."""

from typing import NamedTuple

import altair as alt
import pandas as pd

from warehouse.charts.captions import (
    NUMBER,
    WIDTH,
    as_of_caption,
    caption,
    closed_known_to,
    describe_series,
    format_days,
    format_times,
    require_columns,
    resolve_time_zone,
    time_zone_note,
)
from warehouse.charts.colors import CROSS, INK, WITHDRAWN, color_limit, color_limit_notes
from warehouse.charts.interval_evolution import LATE, NEEDED
from warehouse.charts.layers import layer, stack
from warehouse.charts.rendering import drawn_offline
from warehouse.charts.time_axis import clock_axis, utc_scale
from warehouse.errors import ReadError

HEIGHT, LATE_HEIGHT = 330, 110
MAX_INTERVALS = 680  # one per pixel
COLORED_BY = {"change": "value minus the newest value", "value": "value"}


class _Span(NamedTuple):
    """A range of knowledge time and its height in pixels."""

    bottom: pd.Timestamp
    top: pd.Timestamp
    height: int


@drawn_offline
def revisions(frame: pd.DataFrame, show: str = "change", zone: str | None = None) -> alt.VConcatChart:
    """Draw every revision of a range as a tile: intervals from left to right, knowledge time upwards.

    Above the diagonal an interval is over: changes there are restatements. Late ones have a panel of their own.

    Args:
        frame: The rows of `wh.history` for a range, up to 680 intervals of one series.
        show: "change" colours a tile by its distance from the newest value of the interval, "value" by its value.
        zone: IANA time zone of both axes. By default that of the grid.

    Returns:
        One or two panels on top of each other; the colours are in the unit of the series.

    Raises:
        ReadError: For several series, too many intervals, an unknown `show`, or no rows.

    Example:
        >>> import pandas as pd
        >>> from warehouse import charts
        >>> names = {"grid_name": "G", "region_name": "R", "node_name": "N", "metric": "power", "unit": "kW"}
        >>> start = pd.Timestamp("2026-10-31 18:00Z")
        >>> times = pd.to_datetime(["2026-10-30T09:00Z", "2026-10-31T20:00Z"])
        >>> interval = {"interval_start": start, "interval_end": start + pd.Timedelta("1h")}
        >>> rows = {"series_id": 1, **names, **interval, "value": [100.0, 98.0], "collected_at": times}
        >>> frame = pd.DataFrame(rows).assign(known_to=[times[1], pd.NaT])
        >>> charts.revisions(frame, zone="UTC").to_dict()["title"]["text"]
        'G / R / N: power in kW, Sat 31 Oct 2026'
    """
    require_columns(NEEDED, "history(node, metric, (start, end))", frame)
    if show not in COLORED_BY:
        raise ReadError(f"A tile cannot be coloured by {show!r}. Use {' or '.join(map(repr, COLORED_BY))}.")
    name, unit = describe_series(frame)
    intervals = frame["interval_start"].nunique()
    if intervals > MAX_INTERVALS:
        raise ReadError(
            f"{intervals:,} intervals are too many for this chart; {MAX_INTERVALS} fit. Choose a day or two."
        )
    axis_zone = resolve_time_zone(frame, zone)
    tiles = _tiles(frame, show, axis_zone)
    color = _color(tiles, show, unit)
    panels = [_panel(tiles, span, color, unit, axis_zone) for span in _spans(tiles)]
    first, last = (at.tz_convert(axis_zone) for at in (tiles["interval_start"].min(), tiles["interval_start"].max()))
    notes = [
        time_zone_note(frame, axis_zone, zone),
        f"colour: {COLORED_BY[show]}, in {unit}",
        "a tile spans the time when its value was the newest",
    ]
    notes += color_limit_notes(tiles["shade"].abs(), unit) if show == "change" else []
    notes += [f"{CROSS} withdrawn"] if tiles["value"].isna().any() else []
    title = caption(f"{name}, {format_days(first, last)}", *notes, as_of_caption(frame, axis_zone))
    return stack(*panels, title=title, spacing=12).resolve_scale(color="shared")


def _tiles(frame: pd.DataFrame, show: str, zone: str) -> pd.DataFrame:
    """Return each revision with `shade`, what colours it; null for a withdrawn one."""
    columns = ["interval_start", "interval_end", "collected_at", "known_to", "value"]
    rows = frame.assign(known_to=closed_known_to(frame))[columns]
    tiles = rows.sort_values(["interval_start", "collected_at"], ignore_index=True)
    newest = tiles.groupby("interval_start")["value"].transform("last")  # the newest that is not withdrawn
    tiles["shade"] = tiles["value"] - newest if show == "change" else tiles["value"]
    return tiles.assign(
        interval_text=format_times(tiles["interval_start"], zone),
        utc_text=tiles["interval_start"].dt.strftime("%Y-%m-%d %H:%M UTC"),
        collected_text=format_times(tiles["collected_at"], zone),
    )


def _spans(tiles: pd.DataFrame) -> list[_Span]:
    """Return the ranges of knowledge time from the top down: long after delivery, and all before."""
    first, last, delivered = tiles["collected_at"].min(), tiles["collected_at"].max(), tiles["interval_end"].max()
    border = delivered + LATE
    if last <= border:
        newest = max(last, delivered)
        return [_Span(first, newest + max(0.08 * (newest - first), pd.Timedelta(minutes=30)), HEIGHT)]
    top = last + max(0.15 * (last - max(first, border)), pd.Timedelta(hours=12))
    if first > border:
        return [_Span(first, top, HEIGHT)]
    return [_Span(border, top, LATE_HEIGHT), _Span(first, border, HEIGHT)]


def _color(tiles: pd.DataFrame, show: str, unit: str) -> alt.Color:
    legend = alt.Legend(title=unit, format=NUMBER, gradientLength=180)
    if show == "value":
        return alt.Color("shade:Q").scale(scheme="viridis", zero=False).legend(legend)
    limit = color_limit(tiles["shade"].abs())
    scale = alt.Scale(scheme="blueorange", domain=[-limit, limit], domainMid=0, clamp=True)
    return alt.Color("shade:Q").scale(scale).legend(legend)


def _panel(tiles: pd.DataFrame, span: _Span, color: alt.Color, unit: str, zone: str) -> alt.LayerChart:
    drawn = _clip_to(tiles, span)
    first, last = tiles["interval_start"].min(), tiles["interval_end"].max()
    x_axis = clock_axis(first, last, zone, "interval start")
    y_axis = clock_axis(span.bottom, span.top, zone, "collected at", max(round(span.height / 45), 2), stacked=False)
    if span.height == LATE_HEIGHT:  # directly above the other panel, whose axis serves both
        x_axis.labels, x_axis.ticks, x_axis.title, y_axis.title = False, False, None, "collected later"
    x = alt.X("interval_start:T").scale(utc_scale(first, last)).axis(x_axis)
    y = alt.Y("since:T").scale(utc_scale(span.bottom, span.top)).axis(y_axis)
    tooltip = [
        alt.Tooltip("interval_text:N", title="interval start"),
        alt.Tooltip("utc_text:N", title="in UTC"),
        alt.Tooltip("collected_text:N", title="collected at"),
        alt.Tooltip("value:Q", format=NUMBER, title=f"value in {unit}"),
        alt.Tooltip("shade:Q", format=NUMBER, title=f"colour, in {unit}"),
    ]
    is_withdrawn = drawn["value"].isna()
    tile = alt.Chart(drawn[~is_withdrawn]).mark_rect(stroke="white", strokeWidth=0.4)
    layers = [tile.encode(x=x, x2="interval_end", y=y, y2="until", color=color, tooltip=tooltip)]
    if is_withdrawn.any():
        withdrawn = alt.Chart(drawn[is_withdrawn])
        grey = withdrawn.mark_rect(color=WITHDRAWN, stroke="white", strokeWidth=0.4)
        cross = withdrawn.mark_text(text=CROSS, color="white", fontSize=13, fontWeight="bold")
        layers += [grey.encode(x=x, x2="interval_end", y=y, y2="until", tooltip=tooltip[:3])]
        layers += [cross.encode(x=alt.X("middle:T"), y=alt.Y("centre:T"))]
    return layer(*layers, *_diagonal(first, last, span), width=WIDTH, height=span.height)


def _clip_to(tiles: pd.DataFrame, span: _Span) -> pd.DataFrame:
    """Return the tiles of a span with their bounds (since, until) and the position of a mark in the middle."""
    until = tiles["known_to"].fillna(span.top)
    drawn = tiles.assign(
        since=tiles["collected_at"].where(tiles["collected_at"] >= span.bottom, span.bottom),
        until=until.where(until <= span.top, span.top),
    )
    drawn = drawn[drawn["since"] < drawn["until"]]
    return drawn.assign(
        middle=drawn["interval_start"] + (drawn["interval_end"] - drawn["interval_start"]) / 2,
        centre=drawn["since"] + (drawn["until"] - drawn["since"]) / 2,
    ).drop(columns=["collected_at", "known_to"])


def _diagonal(first: pd.Timestamp, last: pd.Timestamp, span: _Span) -> list[alt.Chart]:
    """Return the line where knowledge time equals delivery time, within a span."""
    start, end = max(first, span.bottom), min(last, span.top)
    if start >= end:
        return []
    ends = pd.DataFrame({"interval_start": [start, end], "since": [start, end]})
    line = alt.Chart(ends).mark_line(color=INK, strokeDash=[5, 3], strokeWidth=1.5)
    text = alt.Chart(ends.tail(1))
    halo = text.mark_text(  # legible on any colour
        text="delivery", align="right", dx=-4, dy=-9, fontStyle="italic", stroke="white", strokeWidth=3, opacity=0.8
    )
    label = text.mark_text(text="delivery", align="right", dx=-4, dy=-9, fontStyle="italic", color=INK)
    return [mark.encode(x="interval_start:T", y="since:T") for mark in (line, halo, label)]
