"""All revisions of a day or two on both clocks: a tile each, as wide as its interval and as tall as it was known."""

from typing import NamedTuple

import altair as alt
import pandas as pd

from warehouse.charts.captions import (
    NUMBER,
    WIDTH,
    caption,
    days,
    fits,
    known,
    known_until,
    one_series,
    spoken,
    zone_of,
)
from warehouse.charts.colors import CROSS, INK, WITHDRAWN, beyond, reach
from warehouse.charts.interval_evolution import LATE, NEEDED
from warehouse.charts.time_axis import clock_axis, milliseconds
from warehouse.session import ReadError

HEIGHT, LATE_HEIGHT = 330, 110
MOST_INTERVALS = 680  # one a pixel
SHOWS = {"change": "value minus the last one known", "value": "value"}


class _Span(NamedTuple):
    """A stretch of knowledge time and how tall it is drawn."""

    bottom: pd.Timestamp
    top: pd.Timestamp
    height: int


def revisions(frame: pd.DataFrame, show: str = "change", zone: str | None = None) -> alt.VConcatChart:
    """Every revision of a range, as `history` gave it: intervals from left to right, knowledge from below upwards.

    show: "change" colours by how far a value is from the last one known of its interval, "value" by the value itself.
    Above the diagonal an interval is over: what changes there is a restatement. Late ones have their own panel.
    """
    fits(NEEDED, "history(node, metric, (start, end))", frame)
    if show not in SHOWS:
        raise ReadError(f"A tile cannot be coloured by {show!r}; take {' or '.join(map(repr, SHOWS))}.")
    name, unit = one_series(frame)
    intervals = frame["interval_start"].nunique()
    if intervals > MOST_INTERVALS:
        raise ReadError(
            f"Tiles of {intervals:,} intervals are too narrow, {MOST_INTERVALS} can be seen; ask for a day or two."
        )
    zone = zone_of(frame, zone)
    tiles = _tiles(frame, show, zone)
    color = _color(tiles, show, unit)
    panels = [_panel(tiles, span, color, unit, zone) for span in _spans(tiles)]
    first, last = (at.tz_convert(zone) for at in (tiles["interval_start"].min(), tiles["interval_start"].max()))
    notes = [f"times in {zone}", f"colour: {SHOWS[show]}", "a tile is known from its lower to its upper edge"]
    notes += beyond(tiles["shade"].abs(), unit) if show == "change" else []
    notes += [f"{CROSS} withdrawn"] if tiles["value"].isna().any() else []
    title = caption(f"{name}, {days(first, last)}", *notes, known(frame, zone))
    return alt.vconcat(*panels, title=title, spacing=12).resolve_scale(color="shared")


def _tiles(frame: pd.DataFrame, show: str, zone: str) -> pd.DataFrame:
    """Each revision with what colours it: `shade` is null for a withdrawn one."""
    columns = ["interval_start", "interval_end", "collected_at", "known_to", "value"]
    tiles = frame.assign(known_to=known_until(frame))[columns].sort_values(
        ["interval_start", "collected_at"], ignore_index=True
    )
    final = tiles.groupby("interval_start")["value"].transform("last")  # the last that is not withdrawn
    tiles["shade"] = tiles["value"] - final if show == "change" else tiles["value"]
    return tiles.assign(told=spoken(tiles["interval_start"], zone), told_at=spoken(tiles["collected_at"], zone))


def _spans(tiles: pd.DataFrame) -> list[_Span]:
    """The stretches of knowledge time, from the top down: what came long after delivery, and all before."""
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
    most = reach(tiles["shade"].abs())
    scale = alt.Scale(scheme="blueorange", domain=[-most, most], domainMid=0, clamp=True)
    return alt.Color("shade:Q").scale(scale).legend(legend)


def _panel(tiles: pd.DataFrame, span: _Span, color: alt.Color, unit: str, zone: str) -> alt.LayerChart:
    drawn = tiles.assign(
        since=tiles["collected_at"].clip(lower=span.bottom),
        until=tiles["known_to"].fillna(span.top).clip(upper=span.top),
    )
    drawn = drawn[drawn["since"] < drawn["until"]]
    drawn = drawn.assign(
        middle=drawn["interval_start"] + (drawn["interval_end"] - drawn["interval_start"]) / 2,
        centre=drawn["since"] + (drawn["until"] - drawn["since"]) / 2,
    ).drop(columns=["collected_at", "known_to"])
    first, last = tiles["interval_start"].min(), tiles["interval_end"].max()
    is_late = span.height == LATE_HEIGHT
    across = clock_axis(first, last, zone, "interval start")
    up = clock_axis(span.bottom, span.top, zone, "collected at", max(round(span.height / 45), 2), stacked=False)
    if is_late:  # right above the other panel, whose axis serves both
        across.labels, across.ticks, across.title, up.title = False, False, None, "collected later"
    x = alt.X("interval_start:T").scale(_utc(first, last)).axis(across)
    y = alt.Y("since:T").scale(_utc(span.bottom, span.top)).axis(up)
    told = [
        alt.Tooltip("told:N", title="interval start"),
        alt.Tooltip("told_at:N", title="collected at"),
        alt.Tooltip("value:Q", format=NUMBER, title=f"value in {unit}"),
        alt.Tooltip("shade:Q", format=NUMBER, title=f"colour, in {unit}"),
    ]
    is_gone = drawn["value"].isna()
    chart, gone = alt.Chart(drawn[~is_gone]), alt.Chart(drawn[is_gone])
    place = {"x": x, "x2": "interval_end", "y": y, "y2": "until"}
    layers = [chart.mark_rect(stroke="white", strokeWidth=0.4).encode(**place, color=color, tooltip=told)]
    if is_gone.any():
        cross = gone.mark_text(text=CROSS, color="white", fontSize=13, fontWeight="bold")
        layers += [gone.mark_rect(color=WITHDRAWN, stroke="white", strokeWidth=0.4).encode(**place, tooltip=told[:2])]
        layers += [cross.encode(x=alt.X("middle:T"), y=alt.Y("centre:T"))]
    return alt.layer(*layers, *_diagonal(first, last, span)).properties(width=WIDTH, height=span.height)


def _diagonal(first: pd.Timestamp, last: pd.Timestamp, span: _Span) -> list[alt.Chart]:
    """Where knowledge time is delivery time, as far as this stretch reaches."""
    start, end = max(first, span.bottom), min(last, span.top)
    if start >= end:
        return []
    ends = pd.DataFrame({"interval_start": [start, end], "since": [start, end]})
    line = (
        alt.Chart(ends)
        .mark_line(color=INK, strokeDash=[5, 3], strokeWidth=1.5)
        .encode(x="interval_start:T", y="since:T")
    )
    look = {"text": "delivery", "align": "right", "dx": -4, "dy": -9, "fontStyle": "italic"}
    words = [{"stroke": "white", "strokeWidth": 3, "opacity": 0.8}, {"color": INK}]  # legible on any colour
    place = {"x": "interval_start:T", "y": "since:T"}
    return [line, *(alt.Chart(ends.tail(1)).mark_text(**look, **word).encode(**place) for word in words)]


def _utc(start: pd.Timestamp, end: pd.Timestamp) -> alt.Scale:
    return alt.Scale(type="utc", nice=False, domain=[milliseconds(start), milliseconds(end)])
