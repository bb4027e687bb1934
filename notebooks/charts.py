"""Pictures of what `warehouse` answers, as Altair charts that can be read without the code.

Times are drawn in one zone, by default that of the grid; a day's change of clocks is drawn as it was.
"""

from typing import Any

import altair as alt
import pandas as pd

from reading import ReadError

KINDS = {
    "forecast": ("#8fb3d9", "circle"),
    "last forecast": ("#1f5fa8", "square"),
    "after delivery": ("#d1495b", "diamond"),
    "restated": ("#edae49", "triangle-up"),
    "withdrawn": ("#555555", "cross"),
}
LINES = ["#d1495b", "#1f5fa8", "#edae49", "#66a182", "#775c9f"]  # what happened first
LATE = pd.Timedelta("12h")  # after delivery; what comes later has a panel of its own
STEPS = ["5min", "15min", "1h", "3h", "6h", "12h", "1D", "2D", "7D", "14D", "28D", "91D", "182D", "364D"]
MOST_TICKS = 9
WIDTH, HEIGHT = 640, 260


def offline() -> None:
    """Draw as SVG inside the notebook, without the network, and for any number of rows."""
    alt.renderers.enable("svg")
    alt.data_transformers.disable_max_rows()


def values(frame: pd.DataFrame, zone: str | None = None) -> alt.LayerChart:
    """One series over time, as `latest` or `as_of` gave it."""
    return vintages(frame, zone=zone)


def vintages(*frames: pd.DataFrame, zone: str | None = None) -> alt.LayerChart:
    """The same series and range as known at several moments: one line for each frame of `latest` or `as_of`."""
    drawn = pd.concat([_labelled(frame, zone) for frame in frames], ignore_index=True)
    if drawn.empty:
        raise ReadError("There is nothing to draw: the frames hold no rows; ask for another range or series.")
    name, unit = _one_series(drawn)
    zone = zone or _zone(frames[0])
    drawn = drawn[["interval_start", "value", "known"]]
    labels = list(dict.fromkeys(drawn["known"]))
    start, end = drawn["interval_start"].min(), drawn["interval_start"].max()
    color = alt.Color("known:N").scale(domain=labels, range=LINES[: len(labels)])
    color = color.legend(orient="top", title=None, labelLimit=0, symbolStrokeWidth=3)
    x = alt.X("interval_start:T").scale(type="utc").axis(_clock_axis(start, end, zone, "interval start"))
    line = alt.Chart(drawn).mark_line(interpolate="step-after", strokeWidth=2)
    lines = line.encode(x=x, y=_values_axis("value", unit), color=color)
    marks = [_rule(frame, start, end) for frame in frames]
    title = alt.Title(name, subtitle=f"by interval start, in {zone} time")
    return alt.layer(lines, *[mark for mark in marks if mark]).properties(width=WIDTH, height=HEIGHT, title=title)


def evolution(frame: pd.DataFrame, zone: str | None = None) -> alt.HConcatChart:
    """How the value of one interval evolved, as `history` gave it: steps over knowledge time.

    Two rules mark the interval itself. Revisions long after delivery stand in a second panel with a clock of its own.
    """
    if frame["interval_start"].nunique() != 1:
        raise ReadError("An evolution shows one interval that has revisions; ask history(...) for one hour that is known.")
    name, unit = _one_series(frame)
    zone = zone or _zone(frame)
    start, end = frame["interval_start"].iloc[0], frame["interval_end"].iloc[0]
    steps = _kinds(frame)
    early = steps[steps["collected_at"] <= end + LATE]
    late = steps[steps["collected_at"] > end + LATE]
    domain = [float(steps["level"].min()), float(steps["level"].max())]
    panels = []
    if not early.empty:
        title = alt.Title(f"until {_moment(min(early['until'].max(), end + LATE), zone)}", fontWeight="normal")
        panels.append(_steps(early, unit, zone, domain, (start, end)).properties(width=WIDTH - 180 * (not late.empty)))
        panels[0] = panels[0].properties(title=title) if not late.empty else panels[0]
    if not late.empty:
        panels.append(_steps(late, unit, zone, domain, None).properties(width=180 if panels else WIDTH, title="later"))
    hour = f"{_moment(start, zone)} to {end.tz_convert(zone):%H:%M}"
    subtitle = [f"by the moment each value was collected, in {zone} time; grey band: the interval itself",
                f"as known at {_moment(_read_at(frame), zone)}"]
    title = alt.Title(f"{name}, {hour}", subtitle=subtitle)
    return alt.hconcat(*panels, title=title).resolve_scale(color="shared", shape="shared")
