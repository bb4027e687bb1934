"""Vintages of one series as lines over its intervals: a few side by side, or a fan of many."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from warehouse.answers.info import answer_info
from warehouse.charts.captions import (
    HEIGHT,
    NUMBER,
    WIDTH,
    as_of_caption,
    caption,
    describe_series,
    format_days,
    format_times,
    omission_note,
    require_columns,
    resolve_time_zone,
    time_zone_note,
)
from warehouse.charts.colors import ACTUAL, CROSS, DASHES, DISTINCT_COLORS, INK, shades
from warehouse.charts.layers import layer
from warehouse.charts.line_runs import find_runs, interval_length
from warehouse.charts.rendering import drawn_offline
from warehouse.charts.time_axis import clock_axis, format_time, utc_scale
from warehouse.charts.vintage_frames import SPLITS, Vintage, common_load_time, select_actual, split_vintages
from warehouse.errors import ReadError

NEEDED = ["series_id", "grid_name", "region_name", "node_name", "metric", "unit", "interval_start", "value"]
LEGEND_COLUMNS = 3  # of a fan, below it, so that the picture is as wide as the panel
MAX_LEGEND_LABELS = 9  # of a fan; the vintages in between are drawn without a label
MAX_TOOLTIPS = 4000  # rows; above, only single values have a tooltip


@dataclass(frozen=True)
class _Style:
    """What the lines look like and what the subtitle says about them."""

    color: alt.Color
    zone_note: str
    notes: Sequence[str] = ()
    as_of: str = ""
    dash: alt.StrokeDash | None = None
    rules: Sequence[pd.Timestamp] = ()


@drawn_offline
def vintages(*frames: pd.DataFrame, zone: str | None = None) -> alt.LayerChart:
    """Draw one series over a range with one line per frame: what was known at each as-of time.

    An as-of time inside the range has a dashed rule; to its right everything was still a forecast. Drag to pan, scroll
    to zoom, click a label of the legend to highlight its line.

    Args:
        *frames: One to five frames of `wh.latest` or `wh.as_of`, all of one series.
        zone: IANA time zone of the axis. By default that of the grid.

    Returns:
        A layered chart; the y axis is in the unit of the series.

    Raises:
        ReadError: For more than five frames, several series, or several values per interval.

    Example:
        >>> import pandas as pd
        >>> from warehouse import charts
        >>> names = {"grid_name": "G", "region_name": "R", "node_name": "N", "metric": "power", "unit": "kW"}
        >>> hours = pd.date_range("2026-10-31", periods=3, freq="1h", tz="UTC")
        >>> frame = pd.DataFrame({"series_id": 1, **names, "interval_start": hours, "value": [1.0, 2.0, 3.0]})
        >>> charts.vintages(frame, zone="Europe/Berlin").to_dict()["title"]["text"]
        'G / R / N: power in kW, Sat 31 Oct 2026'
    """
    if len(frames) > len(DISTINCT_COLORS):
        raise ReadError(f"{len(frames)} lines are too many to tell apart by colour. Use charts.fan([...]).")
    axis_zone = _check(frames, zone)
    if any(frame.duplicated(["series_id", "interval_start"]).any() for frame in frames):
        raise ReadError(
            "The frame has several values per interval. Use charts.fan(...) or charts.evolution(...) for a history."
        )
    lines = [Vintage(as_of_caption(frame, axis_zone, f"frame {n}"), frame) for n, frame in enumerate(frames, start=1)]
    lines = _number_duplicates(lines)
    labels = [line.label for line in lines]
    color = alt.Color("vintage:N").scale(domain=labels, range=DISTINCT_COLORS[: len(lines)])
    dash = alt.StrokeDash("vintage:N").scale(domain=labels, range=DASHES[: len(lines)])
    style = _Style(
        color=color.legend(_legend(orient="top", columns=1)),
        dash=dash,
        zone_note=time_zone_note(_first_with_rows(frames), axis_zone, zone),
        notes=[omission_note([f"{line.label} (no values)" for line in lines if line.rows.empty])],
        rules=[pd.Timestamp(info.as_of) for info in map(answer_info, frames) if info.as_of],
    )
    return _draw(lines, style, axis_zone)


@drawn_offline
def fan(
    frames: pd.DataFrame | Sequence[pd.DataFrame],
    actual: pd.DataFrame | None = None,
    *,
    by: str = "moment",
    zone: str | None = None,
) -> alt.LayerChart:
    """Draw many vintages of one series as lines, the newest darkest, with the actual on top.

    Args:
        frames: Several frames of `wh.as_of`, or one of `wh.history` (of a range), `wh.at_cutoff`, `wh.as_of` or
            `wh.latest`.
        actual: A frame of `wh.latest`. Without it, the last values after delivery of a history are the actual.
        by: How a history is split: "moment" (at round as-of times, or at each publication where these are few) or
            "lead" (a number of hours ahead of each interval).
        zone: IANA time zone of the axis. By default that of the grid.

    Returns:
        A layered chart. Its subtitle names the vintages that are not drawn, and why.

    Raises:
        ReadError: For several series, an unknown `by`, or no rows.

    Example:
        >>> import pandas as pd
        >>> from warehouse import charts
        >>> names = {"grid_name": "G", "region_name": "R", "node_name": "N", "metric": "power", "unit": "kW"}
        >>> hours = pd.date_range("2026-10-31", periods=3, freq="1h", tz="UTC")
        >>> frame = pd.DataFrame({"series_id": 1, **names, "interval_start": hours, "value": [1.0, 2.0, 3.0]})
        >>> charts.fan([frame, frame.assign(value=4.0)], zone="UTC").to_dict()["title"]["subtitle"][0]
        'times in UTC; 2 vintages, the newest darkest'
    """
    sources = [frames] if isinstance(frames, pd.DataFrame) else list(frames)
    if by not in SPLITS:
        raise ReadError(f"{by!r} is not a way to split a history. Use {' or '.join(map(repr, SPLITS))}.")
    all_frames = sources if actual is None else [*sources, actual]
    axis_zone = _check(all_frames, zone)
    last = select_actual(sources, actual, axis_zone)
    split = split_vintages(sources, by, axis_zone)
    same = [vintage for vintage in split.vintages if last is not None and vintage.equals(last)]
    shown = _number_duplicates([vintage for vintage in split.vintages if vintage not in same])
    omitted = [*split.omitted, *(f"{vintage.label} (same values as the actual)" for vintage in same)]
    if last is None and not shown:
        raise ReadError("There is nothing to draw: no value was known at any of these times.")
    lines = [*shown, *([last] if last else [])]
    labels = [line.label for line in lines]
    legend_labels = _thin_out(labels, bool(last))
    title = "as of the cut-off" if "cutoff_name" in sources[0] else SPLITS[by]
    color = alt.Color("vintage:N").scale(domain=labels, range=shades(len(shown)) + ([ACTUAL] if last else []))
    notes = [f"{len(shown)} vintages, the newest darkest" if len(shown) > 1 else ""]
    if len(legend_labels) < len(labels):
        notes.append(f"the legend names {len(legend_labels)} of {len(labels)} lines")
    notes += [_revisions_note(sources, [*split.vintages, *([last] if last else [])])]
    style = _Style(
        color=color.legend(_legend(title=title, orient="bottom", columns=LEGEND_COLUMNS, values=legend_labels)),
        zone_note=time_zone_note(_first_with_rows(all_frames), axis_zone, zone),
        notes=[*notes, omission_note(omitted)],
        as_of=as_of_caption(sources[0], axis_zone) if len(sources) == 1 else common_load_time(sources, axis_zone) or "",
    )
    return _draw(lines, style, axis_zone)


def _revisions_note(sources: Sequence[pd.DataFrame], lines: Sequence[Vintage]) -> str:
    """Return how many revisions of a history are in no line, as it is split at some times only."""
    if len(sources) > 1 or "known_to" not in sources[0]:
        return ""
    key = ["interval_start", "collected_at"]
    drawn = pd.concat([line.rows[key] for line in lines]).drop_duplicates()
    count = len(sources[0][key].drop_duplicates()) - len(drawn)
    return f"{count:,} of {len(sources[0]):,} revisions were not the newest at any of these times" if count > 0 else ""


def _check(frames: Sequence[pd.DataFrame], zone: str | None) -> str:
    require_columns(NEEDED, "latest(...) or wh.as_of(...)", *frames)
    return resolve_time_zone(_first_with_rows(frames), zone)


def _first_with_rows(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return next(frame for frame in frames if len(frame))


def _legend(
    orient: alt.typing.Optional[alt.LegendOrient | str] = "right",
    title: str | None = None,
    columns: int = 1,
    values: list[str] | None = None,
) -> alt.Legend:
    legend = alt.Legend(
        title=title, columns=columns, labelLimit=0, symbolType="stroke", symbolStrokeWidth=3, symbolSize=300
    )
    legend["orient"] = orient
    if values is not None:
        legend["values"] = values
    return legend


def _draw(lines: list[Vintage], style: _Style, zone: str) -> alt.LayerChart:
    name, unit = describe_series(pd.concat([line.rows[NEEDED] for line in lines if len(line.rows)]))
    length = interval_length(pd.concat([line.rows["interval_start"] for line in lines]))
    rows = pd.concat([_rows_of(line, length) for line in lines], ignore_index=True)
    for column in ("interval_start", "collected_at"):
        if column in rows:
            rows[f"{column}_text"] = format_times(rows[column], zone)
    rows["utc_text"] = rows["interval_start"].dt.strftime("%Y-%m-%d %H:%M UTC")
    start, end = rows["interval_start"].min(), rows["interval_start"].max() + length
    x = alt.X("interval_start:T").scale(utc_scale(start, end)).axis(clock_axis(start, end, zone, "interval start"))
    layers = _marks(rows, x, style, unit)
    notes = [style.zone_note, *style.notes]
    if rows["is_withdrawn"].any():
        notes.append(f"{CROSS} where a value was withdrawn")
    inside = pd.DataFrame({"interval_start": [at for at in style.rules if start < at < end]})
    if len(inside):
        at_text = " and ".join(format_time(at, zone) for at in inside["interval_start"])
        notes.append(f"dashed: as-of time {at_text}; to its right, a forecast")
        layers += [alt.Chart(inside).mark_rule(strokeDash=[4, 3], color=INK).encode(x=x)]
    subject = f"{name}, {format_days(start.tz_convert(zone), (end - length / 2).tz_convert(zone))}"
    return layer(*layers, width=WIDTH, height=HEIGHT, title=caption(subject, *notes, style.as_of))


def _marks(rows: pd.DataFrame, x: alt.X, style: _Style, unit: str) -> list[alt.Chart]:
    """Return lines, a point for every value (visible where it is alone) and a cross for every withdrawn one."""
    zoom = alt.selection_interval(bind="scales", encodings=["x"], name="zoom")
    highlight = alt.selection_point(fields=["vintage"], bind="legend", name="highlight")
    y = alt.Y("level:Q").scale(zero=False, padding=6).axis(format=NUMBER).title(unit)
    thickness = alt.StrokeWidth("thickness:Q", scale=None, legend=None)
    faded = alt.when(highlight).then(alt.value(1)).otherwise(alt.value(0.12))
    tooltip = _tooltip(rows, unit)
    kept, withdrawn = rows[~rows["is_withdrawn"]], rows[rows["is_withdrawn"]]
    points = kept if len(kept) <= MAX_TOOLTIPS else kept[kept["is_alone"]]
    line = alt.Chart(kept).mark_line().encode(x=x, y=y, color=style.color, strokeWidth=thickness, detail="run:N")
    line = line.encode(opacity=faded).add_params(zoom, highlight)
    if style.dash is not None:
        line = line.encode(strokeDash=style.dash)
    visible = alt.condition("datum.is_alone", alt.value(1), alt.value(0))
    point = alt.Chart(points).mark_circle(size=50).encode(x=x, y=y, color=style.color, opacity=visible, tooltip=tooltip)
    marks = [line, point]
    if len(withdrawn):
        cross = alt.Chart(withdrawn).mark_text(text=CROSS, fontSize=16, fontWeight="bold")
        marks += [cross.encode(x=x, y=y, color=style.color, tooltip=[one for one in tooltip if one.title != "value"])]
    return marks


def _tooltip(rows: pd.DataFrame, unit: str) -> list[alt.Tooltip]:
    always = [
        alt.Tooltip("interval_start_text:N", title="interval start"),
        alt.Tooltip("utc_text:N", title="in UTC"),
        alt.Tooltip("level:Q", format=NUMBER, title=f"value in {unit}"),
        alt.Tooltip("vintage:N", title="vintage"),
    ]
    further = {
        "collected_at_text": alt.Tooltip("collected_at_text:N", title="collected at"),
        "lead_time_hours": alt.Tooltip("lead_time_hours:Q", format=",.4~r", title="lead time in hours"),
        "load_id": alt.Tooltip("load_id:Q", title="load"),
    }
    return always + [tooltip for column, tooltip in further.items() if column in rows]


def _rows_of(line: Vintage, length: pd.Timedelta) -> pd.DataFrame:
    rows = find_runs(line.rows, line.label, length)
    return rows.assign(vintage=line.label, thickness=3.0 if line.is_actual else 1.8)


def _number_duplicates(lines: list[Vintage]) -> list[Vintage]:
    """Number equal labels: colours and legend go by the label."""
    counts: dict[str, int] = {}
    for line in lines:
        counts[line.label] = counts.get(line.label, 0) + 1
        if counts[line.label] > 1:
            line.label = f"{line.label} ({counts[line.label]})"
    return lines


def _thin_out(labels: list[str], has_actual: bool) -> list[str]:
    """Return the labels in the legend: the first, the last, some evenly in between, and the actual."""
    of_vintages = labels[:-1] if has_actual else labels
    if len(of_vintages) <= MAX_LEGEND_LABELS:
        return labels
    positions = [round(n * (len(of_vintages) - 1) / (MAX_LEGEND_LABELS - 1)) for n in range(MAX_LEGEND_LABELS)]
    return [of_vintages[position] for position in positions] + labels[len(of_vintages) :]
