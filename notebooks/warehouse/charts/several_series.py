"""Several series as lines side by side: nodes, regions or grids, also of roll-ups and resampled frames."""

import altair as alt
import pandas as pd

from warehouse.charts.captions import (
    HEIGHT,
    NUMBER,
    PARENTS,
    WIDTH,
    as_of_caption,
    caption,
    format_days,
    format_times,
    omission_note,
    require_columns,
    require_one_unit,
    resolve_time_zone,
    time_zone_note,
)
from warehouse.charts.colors import DASHES, DISTINCT_COLORS
from warehouse.charts.layers import layer
from warehouse.charts.rendering import drawn_offline
from warehouse.charts.time_axis import clock_axis, utc_scale

NEEDED = ["unit", "interval_start", "value"]
NAMES = [*PARENTS, "metric", "source"]
MAX_LINES = len(DISTINCT_COLORS) * 2


@drawn_offline
def series_lines(frame: pd.DataFrame, zone: str | None = None) -> alt.LayerChart:
    """Draw several series of one unit as lines: nodes, or the regions or grids of a roll-up.

    Args:
        frame: Columns interval_start, value, unit and names: the rows of `wh.latest`, `wh.as_of` or `wh.rollup`.
        zone: IANA time zone of the axis. By default that of the grid.

    Returns:
        A layered chart with one line per series; the subtitle names series that are not drawn.

    Raises:
        ReadError: For several units, or no rows.

    Example:
        >>> import pandas as pd
        >>> from warehouse import charts
        >>> hours = pd.date_range("2026-10-31", periods=2, freq="1h", tz="UTC")
        >>> names = {"grid_name": "G", "metric": "load", "unit": "MW"}
        >>> frame = pd.DataFrame({**names, "interval_start": hours, "value": 1.0})
        >>> charts.series_lines(frame, zone="UTC").to_dict()["title"]["text"]
        '1 series in MW, Sat 31 Oct 2026'
    """
    require_columns(NEEDED, "latest(...) or wh.rollup(...)", frame)
    unit, axis_zone = require_one_unit(frame), resolve_time_zone(frame, zone)
    labels = _labels(frame)
    names = list(dict.fromkeys(labels))
    drawn = names[:MAX_LINES]
    rows = frame[["interval_start", "value"]].assign(series=labels)
    rows = rows[rows["series"].isin(drawn)].dropna(subset="value").sort_values("interval_start")
    rows["interval_text"] = format_times(rows["interval_start"], axis_zone)
    start, end = frame["interval_start"].min(), frame["interval_start"].max()
    x_end = end + pd.Timedelta(hours=1) if start == end else end
    x = alt.X("interval_start:T").scale(utc_scale(start, x_end))
    x = x.axis(clock_axis(start, x_end, axis_zone, "interval start"))
    y = alt.Y("value:Q").scale(zero=False, padding=6).axis(format=NUMBER).title(unit)
    legend = alt.Legend(title=None, orient="top", columns=2, labelLimit=0, symbolType="stroke", symbolSize=300)
    colors = (DISTINCT_COLORS * 2)[: len(drawn)]
    dashes = [DASHES[0]] * len(DISTINCT_COLORS) + [DASHES[1]] * len(DISTINCT_COLORS)
    color = alt.Color("series:N").scale(domain=drawn, range=colors).legend(legend)
    dash = alt.StrokeDash("series:N").scale(domain=drawn, range=dashes[: len(drawn)])
    highlight = alt.selection_point(fields=["series"], bind="legend", name="highlight")
    zoom = alt.selection_interval(bind="scales", encodings=["x"], name="zoom")
    tooltip = [
        alt.Tooltip("interval_text:N", title="interval start"),
        alt.Tooltip("value:Q", format=NUMBER, title=f"value in {unit}"),
        alt.Tooltip("series:N", title="series"),
    ]
    opacity = alt.when(highlight).then(alt.value(1)).otherwise(alt.value(0.12))
    base = alt.Chart(rows).encode(x=x, y=y, color=color)
    line = base.mark_line(strokeWidth=1.8).encode(strokeDash=dash, opacity=opacity).add_params(zoom, highlight)
    points = base.mark_circle(size=40).encode(opacity=alt.value(0 if len(rows) > len(drawn) else 1), tooltip=tooltip)
    subject = f"{len(names):,} series in {unit}, "
    subject += format_days(start.tz_convert(axis_zone), end.tz_convert(axis_zone))
    notes = [time_zone_note(frame, axis_zone, zone), omission_note(names[MAX_LINES:])]
    title = caption(subject, *notes, as_of_caption(frame, axis_zone))
    return layer(line, points, width=WIDTH, height=HEIGHT, title=title)


def _labels(frame: pd.DataFrame) -> pd.Series:
    """Return the name of each row's series, without the names that all rows share."""
    names = [name for name in NAMES if name in frame]
    different = [name for name in names if frame[name].astype(str).nunique() > 1] or names[-3:]
    labels = frame[different[0]].astype(str) if different else pd.Series("value", index=frame.index)
    for name in different[1:]:
        labels = labels + " / " + frame[name].astype(str)
    return labels
