"""Pictures of what `warehouse` answers, as Altair charts that can be read without the code.

Times are drawn on the clock of one zone, by default the grid's.
"""

import altair as alt
import pandas as pd
from clock import clock_axis, moment
from reading import ReadError

# What a revision is, by when it was collected; colour and shape say the same.
KINDS = {
    "forecast": ("#8fb3d9", "circle"),
    "last forecast": ("#1f5fa8", "square"),
    "after delivery": ("#d1495b", "diamond"),
    "restated": ("#e08e0b", "triangle-up"),
    "withdrawn": ("#555555", "cross"),
}
LINES = ["#1f5fa8", "#d1495b", "#e08e0b", "#2f8f6b", "#775c9f"]
NUMBER = ",~f"  # thousands apart, no trailing zeros, never an exponent
LATE = pd.Timedelta(hours=12)  # after delivery; what comes later has a panel of its own
WIDTH, LATE_WIDTH, HEIGHT = 680, 200, 260


def offline() -> None:
    """Draw as SVG inside the notebook, without the network, and for any number of rows."""
    alt.renderers.enable("svg")
    alt.data_transformers.disable_max_rows()


def vintages(*frames: pd.DataFrame, zone: str | None = None) -> alt.LayerChart:
    """One series over a range, a line for each frame of `latest` or `as_of`: what was known when.

    An as-of moment inside the range has a dashed rule: right of it everything was still a forecast.
    """
    if not any(len(frame) for frame in frames):
        raise ReadError("There is nothing to draw: the frames hold no rows; ask for another range or series.")
    zone = zone or _zone(frames[0])
    labels = [_known(frame, zone, number) for number, frame in enumerate(frames, start=1)]
    drawn = pd.concat([frame.assign(known=label) for frame, label in zip(frames, labels, strict=True)])
    name, unit = _one_series(drawn)
    start, end = drawn["interval_start"].min(), drawn["interval_start"].max()
    x = alt.X("interval_start:T").scale(type="utc").axis(clock_axis(start, end, zone, "interval start"))
    y = alt.Y("value:Q").scale(zero=False).axis(format=NUMBER).title(unit)
    color = alt.Color("known:N").scale(domain=labels, range=LINES[: len(labels)])
    color = color.legend(orient="top", title=None, labelLimit=0, columns=1, symbolType="stroke", symbolStrokeWidth=3)
    lines = (
        alt.Chart(drawn[["interval_start", "value", "known"]]).mark_line(strokeWidth=2).encode(x=x, y=y, color=color)
    )
    moments = [pd.Timestamp(frame.attrs["as_of"]) for frame in frames if frame.attrs.get("as_of")]
    inside = pd.DataFrame({"interval_start": [at for at in moments if start < at < end]})
    rules = [alt.Chart(inside).mark_rule(strokeDash=[4, 3], color="#555555").encode(x=x)] if len(inside) else []
    return alt.layer(lines, *rules).properties(width=WIDTH, height=HEIGHT, title=alt.Title(name, anchor="start"))


def evolution(frame: pd.DataFrame, zone: str | None = None) -> alt.HConcatChart:
    """How the value of one interval evolved, as `history` gave it: steps over knowledge time, the interval as a band.

    Revisions long after delivery stand in a second panel, so that they do not squeeze the forecasts.
    """
    if frame["interval_start"].nunique() != 1:
        raise ReadError("An evolution shows one interval that is known; ask history(...) for one by its start.")
    name, unit = _one_series(frame)
    zone = zone or _zone(frame)
    start, end = frame["interval_start"].iloc[0], frame["interval_end"].iloc[0]
    steps = _steps(frame, end)
    is_late = steps["collected_at"] > end + LATE
    look = _look(steps, unit)
    parts = [part for part in (steps[~is_late], steps[is_late]) if len(part)]
    panels = [_panel(part, look, zone, (start, end)) for part in parts]
    if len(panels) == 2:
        look["y"] = look["y"].axis(format=NUMBER, labels=False, ticks=False, title=None)
        later = _panel(parts[1], look, zone, (start, end))
        panels = [panels[0].properties(width=WIDTH - LATE_WIDTH), later.properties(width=LATE_WIDTH)]
    hour = f"{start.tz_convert(zone):%a %d %b %Y %H:%M} to {end.tz_convert(zone):%H:%M %Z}"
    subtitle = f"value by the time it was collected; the band is the interval; {_known(frame, zone, 1)}"
    title = alt.Title(f"{name}, {hour}", subtitle=subtitle, anchor="start")
    return alt.hconcat(*panels, title=title).resolve_scale(color="shared", shape="shared")


def _steps(frame: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """Each revision with its kind and the level at which it is drawn (a withdrawn one: where the value was)."""
    steps = frame[["collected_at", "known_to", "value"]].sort_values("collected_at", ignore_index=True)
    before, gone = steps["collected_at"] < end, steps["value"].isna()
    steps["kind"] = "forecast"
    steps.loc[steps.index[before & ~gone][-1:], "kind"] = "last forecast"
    steps.loc[~before, "kind"] = "restated"
    steps.loc[steps.index[~before & ~gone][:1], "kind"] = "after delivery"
    steps.loc[gone, "kind"] = "withdrawn"
    steps["level"] = steps["value"].ffill().bfill().fillna(0)
    return steps.assign(level_before=steps["level"].shift().fillna(steps["level"]))


def _look(steps: pd.DataFrame, unit: str) -> dict:
    """The encodings that both panels share."""
    kinds = [kind for kind in KINDS if kind in set(steps["kind"])]
    low, high = steps["level"].min(), steps["level"].max()
    room = 0.12 * (high - low) or max(abs(high) * 0.05, 1)
    legend = alt.Legend(title=None, orient="right")
    colors, shapes = zip(*(KINDS[kind] for kind in kinds), strict=True)
    return {
        "y": alt.Y("level:Q").scale(domain=[low - room, high + room], nice=False).axis(format=NUMBER).title(unit),
        "color": alt.Color("kind:N", sort=kinds).scale(domain=kinds, range=list(colors)).legend(legend),
        "shape": alt.Shape("kind:N", sort=kinds).scale(domain=kinds, range=list(shapes)).legend(legend),
    }


def _panel(steps: pd.DataFrame, look: dict, zone: str, interval: tuple[pd.Timestamp, pd.Timestamp]) -> alt.LayerChart:
    is_late = steps["collected_at"].min() > interval[1] + LATE
    shown = steps["collected_at"] if is_late else pd.concat([steps["collected_at"], pd.Series(interval)])
    first, last = shown.min(), shown.max()
    room = max(0.05 * (last - first), pd.Timedelta(hours=9) if is_late else pd.Timedelta(minutes=30))
    first, last = first - room, last + room
    scale = alt.Scale(type="utc", nice=False, domain=[int(at.timestamp() * 1000) for at in (first, last)])
    title = "collected later" if is_late else "collected at"
    x = alt.X("collected_at:T").scale(scale).axis(clock_axis(first, last, zone, title, 2 if is_late else 8))
    y, color = look["y"], look["color"]
    chart = alt.Chart(steps.assign(until=steps["known_to"].fillna(last).clip(upper=last)))
    valid = chart.transform_filter("isValid(datum.value)")
    named = valid.transform_filter("datum.kind != 'forecast'")
    layers = [
        chart.mark_rule(color="#bbbbbb").encode(x=x, y=y, y2="level_before"),
        valid.mark_rule(strokeWidth=3).encode(x=x, x2="until", y=y, color=color),
        chart.mark_point(filled=True, size=80, opacity=1).encode(x=x, y=y, color=color, shape=look["shape"]),
        named.mark_text(dy=-12, align="left", fontSize=11).encode(x=x, y=y, text=alt.Text("value:Q", format=",.6~r")),
    ]
    if not is_late:
        band = alt.Chart(pd.DataFrame({"collected_at": [interval[0]], "until": [interval[1]]}))
        layers.insert(0, band.mark_rect(color="#999999", opacity=0.25).encode(x=x, x2="until"))
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)


def _known(frame: pd.DataFrame, zone: str, number: int) -> str:
    """As of when the frame speaks, for legends and titles."""
    if frame.attrs.get("as_of"):
        return f"as known at {moment(pd.Timestamp(frame.attrs['as_of']), zone)}"
    if frame.attrs.get("read_at"):
        return f"latest, as read at {moment(pd.Timestamp(frame.attrs['read_at']), zone)}"
    return f"frame {number}"


def _zone(frame: pd.DataFrame) -> str:
    zones = frame.attrs.get("time_zones", [])
    return zones[0] if len(zones) == 1 else "UTC"


def _one_series(frame: pd.DataFrame) -> tuple[str, str]:
    count = frame["series_id"].nunique()
    if count != 1:
        raise ReadError(f"This chart shows one series, these rows hold {count}; name grid, region, node and metric.")
    grid, region, node, metric, unit = frame.iloc[0][["grid_name", "region_name", "node_name", "metric", "unit"]]
    return f"{grid} / {region} / {node}: {metric} in {unit}", unit
