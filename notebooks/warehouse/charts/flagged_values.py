"""Values that break quality rules: how many, by rule and time."""

import altair as alt
import pandas as pd

from warehouse.charts.captions import (
    as_of_caption,
    caption,
    count_noun,
    describe_several,
    format_days,
    format_times,
    require_columns,
    resolve_time_zone,
    time_zone_note,
)
from warehouse.charts.colors import DARK_FROM, INK, ON_DARK, ON_LIGHT, color_limit
from warehouse.charts.layers import Layers, layer
from warehouse.charts.rendering import drawn_offline
from warehouse.charts.rule_timeline import ROW_HEIGHT
from warehouse.charts.time_axis import clock_axis, round_step, round_times, utc_scale

NEEDED = ["interval_start", "rule", "series_id", "is_latest"]
WIDTH, MAX_COLUMNS = 480, 20


@drawn_offline
def flags(frame: pd.DataFrame, zone: str | None = None) -> Layers:
    """Draw rule by time: the number of values that break it, the rule with most first.

    Args:
        frame: The rows of `wh.flags`.
        zone: IANA time zone of the axis. By default that of the grid.

    Returns:
        A layered chart with one row per rule, and on its right how many values of how many series it flags.

    Raises:
        ReadError: For a frame of another kind, or no rows.

    Example:
        >>> import pandas as pd
        >>> from warehouse import charts
        >>> hours = pd.date_range("2026-03-28", periods=2, freq="1h", tz="UTC")
        >>> frame = pd.DataFrame({"interval_start": hours, "rule": "range", "series_id": 1, "is_latest": [True, False]})
        >>> charts.flags(frame, zone="UTC").to_dict()["title"]["text"]
        'Quality flags: 2 values break 1 rule, Sat 28 Mar 2026'
    """
    require_columns(NEEDED, "flags(...)", frame)
    axis_zone = resolve_time_zone(frame, zone)
    rows = frame.assign(rule=frame["rule"].astype(str))
    first, last = rows["interval_start"].min(), rows["interval_start"].max()
    edges = _edges(first, last, axis_zone)
    starts = pd.DatetimeIndex(edges).tz_convert("UTC")
    position = starts.searchsorted(rows["interval_start"].dt.tz_convert("UTC"), side="right") - 1
    cells = rows.assign(position=position).groupby(["rule", "position"]).size().rename("flagged").reset_index()
    cells["since"], cells["until"] = starts[cells["position"]], starts[cells["position"] + 1]
    cells["middle"] = cells["since"] + (cells["until"] - cells["since"]) / 2
    cells["period"] = format_times(cells["since"], axis_zone) + " to " + format_times(cells["until"], axis_zone)
    cells["is_dark"] = cells["flagged"] > DARK_FROM * color_limit(cells["flagged"])
    rules = rows.groupby("rule").agg(flagged=("rule", "size"), series=("series_id", "nunique")).reset_index()
    rules = rules.sort_values("flagged", ascending=False, kind="stable")
    rules["text"] = [
        f"{count_noun(flagged, 'value')}, {series:,} series"
        for flagged, series in zip(rules["flagged"], rules["series"], strict=True)
    ]
    days = format_days(first.tz_convert(axis_zone), last.tz_convert(axis_zone))
    broken = f"{count_noun(len(rows), 'value')} break{'s' if len(rows) == 1 else ''} {count_noun(len(rules), 'rule')}"
    newest = int(rows["is_latest"].astype(bool).sum())
    notes = [
        describe_several(frame),
        time_zone_note(frame, axis_zone, zone),
        f"{newest:,} of them {'is' if newest == 1 else 'are'} the newest value of the interval",
        "number: flagged values that begin in that time",
    ]
    title = caption(f"Quality flags: {broken}, {days}", *notes, as_of_caption(frame, axis_zone))
    return layer(*_layers(cells, rules, edges, axis_zone), width=WIDTH, height=ROW_HEIGHT * len(rules), title=title)


def _edges(first: pd.Timestamp, last: pd.Timestamp, zone: str) -> list[pd.Timestamp]:
    """Return the bounds of the columns, round in local time, from before the first value to after the last."""
    step = round_step(first, last, MAX_COLUMNS - 2)
    edges = round_times(first - step, last + step, zone, MAX_COLUMNS)
    before = [at for at in edges if at <= first][-1:] or [first]
    after = [at for at in edges if at > last][:1] or [last + step]
    return [*before, *[at for at in edges if before[0] < at <= last], *after]


def _layers(cells: pd.DataFrame, rules: pd.DataFrame, edges: list[pd.Timestamp], zone: str) -> list[alt.Chart]:
    order = rules["rule"].tolist()
    axis = clock_axis(edges[0], edges[-1], zone, "interval start", 6)
    x = alt.X("since:T").scale(utc_scale(edges[0], edges[-1])).axis(axis)
    y = alt.Y("rule:N", sort=order).scale(domain=order).axis(title=None, labelLimit=0, ticks=False)
    scale = alt.Scale(scheme="oranges", domain=[0, color_limit(cells["flagged"])], clamp=True, nice=False)
    tooltip = [
        alt.Tooltip("rule:N"),
        alt.Tooltip("period:N", title="interval start"),
        alt.Tooltip("flagged:Q", format=",", title="flagged values"),
    ]
    base = alt.Chart(cells).encode(y=y)
    color = alt.Color("flagged:Q", scale=scale, legend=None)
    tile = base.mark_rect(stroke="white").encode(x=x, x2="until", color=color, tooltip=tooltip)
    ink = alt.condition("datum.is_dark", alt.value(ON_DARK), alt.value(ON_LIGHT))
    number = base.mark_text(fontSize=10, fontWeight="bold").encode(
        x="middle:T", text=alt.Text("flagged:Q", format=","), color=ink
    )
    total = alt.Chart(rules).mark_text(align="left", dx=8, fontSize=11, color=INK)
    return [tile, number, total.encode(x=alt.value(WIDTH), y=y, text="text:N")]
