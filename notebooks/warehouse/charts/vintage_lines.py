"""Vintages of one series as lines over its intervals: a few side by side, or a fan of many."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from warehouse.charts.captions import HEIGHT, NUMBER, WIDTH, caption, days, fits, known, one_series, spoken, zone_of
from warehouse.charts.colors import ACTUAL, APART, CROSS, DASHES, INK, shades
from warehouse.charts.time_axis import clock_axis, milliseconds
from warehouse.charts.vintage_frames import WAYS, Vintage, cut, held_once, settled
from warehouse.session import ReadError

NEEDED = ["series_id", "grid_name", "region_name", "node_name", "metric", "unit", "interval_start", "value"]
MOST_NAMED = 9  # in the legend of a fan; the rest lie in between
MOST_TOLD = 4000  # rows with a tooltip each
LEGEND = {"title": None, "labelLimit": 0, "symbolType": "stroke", "symbolStrokeWidth": 3, "symbolSize": 300}


def vintages(*frames: pd.DataFrame, zone: str | None = None) -> alt.LayerChart:
    """One series over a range, a line for each frame of `latest` or `as_of`: what was known when.

    An as-of moment inside the range has a dashed rule: right of it everything was still a forecast.
    Raises ReadError for more than five frames; those are for `fan`.
    """
    if len(frames) > len(APART):
        raise ReadError(f"{len(frames)} lines in as many colours are hard to tell apart; draw charts.fan([...]).")
    zone = _checked(frames, zone)
    if any(frame.duplicated(["series_id", "interval_start"]).any() for frame in frames):
        raise ReadError(
            "These rows hold several values of an interval; charts.fan(...) and charts.evolution(...) draw a history."
        )
    lines = _apart([Vintage(known(frame, zone, f"frame {n}"), frame) for n, frame in enumerate(frames, start=1)])
    labels = [line.label for line in lines]
    color = alt.Color("known:N").scale(domain=labels, range=APART[: len(lines)])
    color = color.legend(alt.Legend(orient="top", columns=1, **LEGEND))
    dash = alt.StrokeDash("known:N").scale(domain=labels, range=DASHES[: len(lines)])
    moments = [pd.Timestamp(frame.attrs["as_of"]) for frame in frames if frame.attrs.get("as_of")]
    return _draw(lines, color, zone, [], moments, dash)


def fan(
    frames: pd.DataFrame | Sequence[pd.DataFrame],
    actual: pd.DataFrame | None = None,
    *,
    by: str = "moment",
    zone: str | None = None,
) -> alt.LayerChart:
    """One series over a range as it was known again and again: a line per vintage, newest darkest, the actual on top.

    frames: several of `as_of`, or one of `history` (of a range), `at_cutoff`, `as_of` or `latest`.
    by: how a history is cut: "moment" (what was known at round moments, or at each publication where these are few) or
    "lead" (what was known so many hours ahead of each interval).
    actual: a frame of `latest`; without it, a history shows what it last said after delivery.
    """
    given = [frames] if isinstance(frames, pd.DataFrame) else list(frames)
    if by not in WAYS:
        raise ReadError(f"A history cannot be cut by {by!r}; take {' or '.join(map(repr, WAYS))}.")
    zone = _checked(given if actual is None else [*given, actual], zone)
    last = settled(given, actual, zone)
    found = _apart([vintage for vintage in cut(given, by, zone) if last is None or not vintage.same(last)])
    if last is None and not found:
        raise ReadError("There is nothing to draw: nothing was known at any of these moments.")
    lines = [*found, *([last] if last else [])]
    colors = shades(len(found)) + ([ACTUAL] if last else [])
    labels = [line.label for line in lines]
    legend = alt.Legend(orient="right", values=_thinned(labels, bool(last)), **{**LEGEND, "title": WAYS[by]})
    if "cutoff_name" in given[0]:
        legend.title = "known at the cut-off"
    color = alt.Color("known:N").scale(domain=labels, range=colors).legend(legend)
    notes = [f"{len(found)} vintages, the newest darkest" if len(found) > 1 else ""]
    said = known(given[0], zone) if len(given) == 1 else held_once(given, zone) or ""
    return _draw(lines, color, zone, notes, [], said=said)


def _checked(frames: Sequence[pd.DataFrame], zone: str | None) -> str:
    fits(NEEDED, "latest(...) or wh.as_of(...)", *frames)
    return zone_of(next(frame for frame in frames if len(frame)), zone)


def _draw(
    lines: list[Vintage],
    color: alt.Color,
    zone: str,
    notes: list[str],
    moments: list[pd.Timestamp],
    dash: alt.StrokeDash | None = None,
    said: str = "",
) -> alt.LayerChart:
    name, unit = one_series(pd.concat([line.rows[NEEDED] for line in lines if len(line.rows)]))
    length = _length(lines)
    rows = pd.concat([_runs(line, length) for line in lines], ignore_index=True)
    rows["told"] = spoken(rows["interval_start"], zone)
    start, end = rows["interval_start"].min(), rows["interval_start"].max() + length
    x = alt.X("interval_start:T").scale(type="utc", domain=[milliseconds(start), milliseconds(end)], nice=False)
    x = x.axis(clock_axis(start, end, zone, "interval start"))
    layers = _marks(rows, x, color, dash, unit)
    if rows["is_gone"].any():
        notes = [*notes, f"{CROSS} where a value was withdrawn"]
    inside = pd.DataFrame({"interval_start": [at for at in moments if start < at < end]})
    if len(inside):
        notes = [*notes, "the dashed rule is an as-of moment: right of it, a forecast"]
        layers += [alt.Chart(inside).mark_rule(strokeDash=[4, 3], color=INK).encode(x=x)]
    subject = f"{name}, {days(start.tz_convert(zone), (end - length / 2).tz_convert(zone))}"
    title = caption(subject, f"times in {zone}", *notes, said)
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT, title=title)


def _marks(rows: pd.DataFrame, x: alt.X, color: alt.Color, dash: alt.StrokeDash | None, unit: str) -> list[alt.Chart]:
    """Lines, points where a value stands alone (and, unseen, to be pointed at), crosses where one was taken back."""
    y = alt.Y("level:Q").scale(zero=False, padding=6).axis(format=NUMBER).title(unit)
    place = {"x": x, "y": y, "color": color}
    look = {"strokeWidth": alt.StrokeWidth("thick:Q", scale=None, legend=None)}
    look |= {} if dash is None else {"strokeDash": dash}
    when, what = alt.Tooltip("told:N", title="interval start"), alt.Tooltip("known:N", title="vintage")
    value = alt.Tooltip("level:Q", format=NUMBER, title=f"value in {unit}")
    seen = alt.condition("datum.is_alone", alt.value(1), alt.value(0))
    kept, gone = rows[~rows["is_gone"]], rows[rows["is_gone"]]
    points = kept if len(kept) <= MOST_TOLD else kept[kept["is_alone"]]
    marks = [alt.Chart(kept).mark_line().encode(**place, **look, detail="run:N")]
    marks += [alt.Chart(points).mark_circle(size=50).encode(**place, opacity=seen, tooltip=[when, value, what])]
    if len(gone):
        cross = alt.Chart(gone).mark_text(text=CROSS, fontSize=16, fontWeight="bold")
        marks += [cross.encode(**place, tooltip=[when, what])]
    return marks


def _runs(line: Vintage, length: pd.Timedelta) -> pd.DataFrame:
    """The rows in order, with the unbroken run that each belongs to: missing and withdrawn intervals break a line."""
    rows = line.rows[["interval_start", "value"]].sort_values("interval_start", ignore_index=True)
    gone = rows["value"].isna()
    breaks = gone | gone.shift(fill_value=False) | (rows["interval_start"].diff() > 1.5 * length)
    rows["run"] = line.label + breaks.cumsum().astype(str)
    rows["is_alone"] = rows.groupby("run")["run"].transform("size") == 1
    rows["level"] = rows["value"].ffill().bfill().fillna(0)
    rows["is_gone"] = gone
    return rows.drop(columns="value").assign(known=line.label, thick=3.0 if line.is_actual else 1.8)


def _length(lines: list[Vintage]) -> pd.Timedelta:
    """How long an interval is: a short one of the steps between neighbours, as some intervals may be missing."""
    starts = pd.concat([line.rows["interval_start"] for line in lines]).drop_duplicates().sort_values()
    steps = starts.diff().dropna()
    return steps.quantile(0.25, interpolation="lower") if len(steps) else pd.Timedelta(hours=1)


def _apart(lines: list[Vintage]) -> list[Vintage]:
    """Labels that are told twice get a number: colours and legend go by the label."""
    seen: dict[str, int] = {}
    for line in lines:
        seen[line.label] = seen.get(line.label, 0) + 1
        if seen[line.label] > 1:
            line.label = f"{line.label} ({seen[line.label]})"
    return lines


def _thinned(labels: list[str], has_actual: bool) -> list[str]:
    """The labels that a legend names: the first, the last, some evenly in between, and the actual."""
    vintages_named = labels[:-1] if has_actual else labels
    if len(vintages_named) <= MOST_NAMED:
        return labels
    places = [round(number * (len(vintages_named) - 1) / (MOST_NAMED - 1)) for number in range(MOST_NAMED)]
    return [vintages_named[place] for place in places] + labels[len(vintages_named) :]
