"""Several series as lines side by side: nodes, regions or grids, also of roll-ups, cut-offs and resampled frames."""

from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from warehouse.charts.captions import (
    HEIGHT,
    NUMBER,
    WIDTH,
    as_of_caption,
    caption,
    describe_several,
    format_days,
    format_times,
    omission_note,
    require_columns,
    resolve_time_zone,
    time_zone_note,
)
from warehouse.charts.colors import CROSS, DASHES, DISTINCT_COLORS
from warehouse.charts.frame_shapes import LINE, UNKNOWN_UNIT, to_long
from warehouse.charts.layers import layer, stack
from warehouse.charts.line_runs import find_runs, interval_length
from warehouse.charts.rendering import drawn_offline
from warehouse.charts.series_names import name_series
from warehouse.charts.time_axis import clock_axis, utc_scale
from warehouse.errors import ReadError

NEEDED = ["interval_start", "value"]
MAX_LINES = len(DISTINCT_COLORS) * 2  # in a panel
MAX_PANELS = 4
PANEL_HEIGHT = 150  # where there are several
LETTER_WIDTH, SYMBOL_WIDTH, MAX_COLUMNS = 6, 45, 5  # pixels of a legend's label, and of its line with the margin


@dataclass(frozen=True)
class _Axis:
    """The range and the zone that all panels share."""

    start: pd.Timestamp
    end: pd.Timestamp
    zone: str


@drawn_offline
def series_lines(frame: pd.DataFrame, zone: str | None = None) -> alt.LayerChart | alt.VConcatChart:
    """Draw several series as lines: nodes, the regions or grids of a roll-up, or cut-offs of several nodes.

    Of a history only the newest value of each interval is drawn. Missing and withdrawn intervals break a line.

    Args:
        frame: Columns interval_start, value, unit and names: the rows of `wh.latest`, `wh.as_of`, `wh.at_cutoff`,
            `wh.history` or `wh.rollup`. Or what pandas makes of them: a series or a frame with the times as index,
            resampled, or with one column per node.
        zone: IANA time zone of the axis. By default that of the grid.

    Returns:
        A layered chart with one line per series, or a panel for each unit. The subtitle names what is not drawn.

    Raises:
        ReadError: For several values of one interval, times without a zone, or no rows.

    Example:
        >>> import pandas as pd
        >>> from warehouse import charts
        >>> hours = pd.date_range("2026-10-31", periods=2, freq="1h", tz="UTC")
        >>> names = {"grid_name": "G", "metric": "load", "unit": "MW"}
        >>> frame = pd.DataFrame({**names, "interval_start": hours, "value": 1.0})
        >>> charts.series_lines(frame, zone="UTC").to_dict()["title"]["text"]
        '1 series in MW, Sat 31 Oct 2026'
    """
    frame = to_long(frame)
    require_columns(NEEDED, "latest(...) or wh.rollup(...)", frame)
    axis_zone = resolve_time_zone(frame, zone)
    rows, notes = _one_value_each(frame)
    counts = rows.groupby("unit", sort=False)["line"].nunique()
    drawn, left_out = counts.index[:MAX_PANELS], counts.iloc[MAX_PANELS:]
    start, last = rows["interval_start"].min(), rows["interval_start"].max()
    longest = max(interval_length(of_line["interval_start"]) for _, of_line in _by_line(rows))
    axis = _Axis(start, last + longest, axis_zone)
    parts = {unit: rows[rows["unit"] == unit] for unit in drawn}
    omitted = [name for part in parts.values() for name in part["line"].unique()[MAX_LINES:]]
    omitted += [f"{count:,} series in {unit}" for unit, count in left_out.items()]
    units = [str(unit) for unit in counts.index if unit != UNKNOWN_UNIT]
    subject = f"{counts.sum():,} series{' in ' if units else ''}{' and '.join(units)}, "
    subject += format_days(start.tz_convert(axis_zone), last.tz_convert(axis_zone))
    notes = [describe_several(frame), time_zone_note(frame, axis_zone, zone), omission_note(omitted), *notes]
    if rows["value"].isna().any():
        notes.append(f"{CROSS} where a value was withdrawn")
    title = caption(subject, *notes, as_of_caption(frame, axis_zone))
    if len(parts) == 1:
        return layer(*_marks(rows, str(drawn[0]), axis, 0), width=WIDTH, height=HEIGHT, title=title)
    panels = [
        layer(*_marks(part, str(unit), axis, number), width=WIDTH, height=PANEL_HEIGHT)
        for number, (unit, part) in enumerate(parts.items())
    ]
    return stack(*panels, title=title).resolve_scale(color="independent", strokeDash="independent")


def _one_value_each(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows with their `line` and `unit`, one per line and interval, and notes on what was left out."""
    further = [name for name in ("cutoff_name", LINE) if name in frame]
    rows = frame.assign(unit=frame["unit"].astype(str) if "unit" in frame else UNKNOWN_UNIT)
    notes = []
    if "is_latest" in rows:
        is_newest = rows["is_latest"].astype(bool)
        earlier = int((~is_newest).sum())
        rows = rows[is_newest]
        notes += [f"{earlier:,} earlier revisions not drawn"] if earlier else []
    if rows.empty:
        raise ReadError("There are no newest values to draw. Choose another range or series.")
    rows = rows.assign(line=name_series(rows, *further))
    if rows.duplicated(["unit", "line", "interval_start"]).any():
        raise ReadError("The frame has several values per interval of a series. Filter it to one for each.")
    if {"nodes_reporting", "nodes_expected"} <= set(rows):
        incomplete = int((rows["nodes_reporting"] < rows["nodes_expected"]).sum())
        notes += [f"{incomplete:,} of {len(rows):,} values are of fewer nodes than expected"] if incomplete else []
    return rows, notes


def _by_line(rows: pd.DataFrame) -> Any:
    return rows.groupby(["unit", "line"], sort=False, observed=True)


def _marks(part: pd.DataFrame, unit: str, axis: _Axis, number: int) -> list[alt.Chart]:
    """Return the lines of one unit, a point for every value (visible where it is alone), and crosses."""
    names = part["line"].unique()[:MAX_LINES].tolist()
    runs = []
    for (_, name), of_line in _by_line(part[part["line"].isin(names)]):
        runs.append(find_runs(of_line, str(name), interval_length(of_line["interval_start"])).assign(series=name))
    rows = pd.concat(runs, ignore_index=True)
    rows["interval_text"] = format_times(rows["interval_start"], axis.zone)
    rows["utc_text"] = format_times(rows["interval_start"], "UTC")
    if "collected_at" in rows:
        rows["collected_text"] = format_times(rows["collected_at"], axis.zone)
    x = alt.X("interval_start:T").scale(utc_scale(axis.start, axis.end))
    x = x.axis(clock_axis(axis.start, axis.end, axis.zone, "interval start"))
    y = alt.Y("level:Q").scale(zero=False, padding=6).axis(format=NUMBER).title(unit)
    color, dash = _colors_and_dashes(names)
    highlight = alt.selection_point(fields=["series"], bind="legend", name=f"highlight{number}")
    zoom = alt.selection_interval(bind="scales", encodings=["x"], name=f"zoom{number}")
    opacity = alt.when(highlight).then(alt.value(1)).otherwise(alt.value(0.12))
    kept, withdrawn = rows[~rows["is_withdrawn"]], rows[rows["is_withdrawn"]]
    tooltip = _tooltip(rows, unit)
    base = alt.Chart(kept).encode(x=x, y=y, color=color)
    line = base.mark_line(strokeWidth=1.8).encode(strokeDash=dash, opacity=opacity, detail="run:N")
    visible = alt.condition("datum.is_alone", alt.value(1), alt.value(0))
    marks = [line.add_params(zoom, highlight), base.mark_circle(size=45).encode(opacity=visible, tooltip=tooltip)]
    if len(withdrawn):
        cross = alt.Chart(withdrawn).mark_text(text=CROSS, fontSize=16, fontWeight="bold")
        marks += [cross.encode(x=x, y=y, color=color, tooltip=[tooltip[0], tooltip[1], tooltip[-1]])]
    return marks


def _colors_and_dashes(names: list[str]) -> tuple[alt.Color, alt.StrokeDash]:
    """Return a colour for each line; from the sixth on, the colours come again with dashes."""
    columns = min(max(WIDTH // (max(map(len, names)) * LETTER_WIDTH + SYMBOL_WIDTH), 1), MAX_COLUMNS)
    legend = alt.Legend(title=None, orient="top", columns=columns, labelLimit=0, symbolType="stroke", symbolSize=300)
    dashes = [DASHES[0]] * len(DISTINCT_COLORS) + [DASHES[1]] * len(DISTINCT_COLORS)
    color = alt.Color("series:N", sort=names).scale(domain=names, range=(DISTINCT_COLORS * 2)[: len(names)])
    dash = alt.StrokeDash("series:N", sort=names).scale(domain=names, range=dashes[: len(names)])
    return color.legend(legend), dash.legend(legend)


def _tooltip(rows: pd.DataFrame, unit: str) -> list[alt.Tooltip]:
    further = {
        "collected_text": alt.Tooltip("collected_text:N", title="collected at"),
        "lead_time_hours": alt.Tooltip("lead_time_hours:Q", format=",.4~r", title="lead time in hours"),
        "load_id": alt.Tooltip("load_id:Q", title="load"),
    }
    return [
        alt.Tooltip("interval_text:N", title="interval start"),
        alt.Tooltip("utc_text:N", title="in UTC"),
        alt.Tooltip("level:Q", format=NUMBER, title=unit if unit == UNKNOWN_UNIT else f"value in {unit}"),
        *[tooltip for column, tooltip in further.items() if column in rows],
        alt.Tooltip("series:N", title="series"),
    ]
