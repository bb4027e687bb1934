"""How the value of one interval evolved: steps over knowledge time."""

import altair as alt
import pandas as pd

from warehouse.charts.captions import (
    HEIGHT,
    NUMBER,
    SHORT,
    WIDTH,
    caption,
    fits,
    known,
    known_until,
    one_series,
    spoken,
    zone_of,
)
from warehouse.charts.colors import QUIET, WITHDRAWN
from warehouse.charts.time_axis import clock_axis, hours, milliseconds
from warehouse.session import ReadError

NEEDED = ["series_id", "grid_name", "region_name", "node_name", "metric", "unit", "value", "interval_start"]
NEEDED += ["interval_end", "collected_at", "known_to"]
# What a revision is, by when it was collected; colour and shape say the same.
KINDS = {
    "forecast": ("#86b3da", "circle"),
    "last forecast": ("#0b4f8a", "square"),
    "after delivery": ("#d55e00", "diamond"),
    "restated": ("#b5509a", "triangle-up"),
    "withdrawn": (WITHDRAWN, "cross"),
}
LATE = pd.Timedelta(hours=12)  # after delivery; what comes later has a panel of its own
LATE_WIDTH = 220


def evolution(frame: pd.DataFrame, zone: str | None = None) -> alt.HConcatChart:
    """How the value of one interval evolved, as `history` gave it: steps over knowledge time, the interval as a band.

    Revisions long after delivery stand in a second panel, so that they do not squeeze the forecasts.
    """
    fits(NEEDED, "history(node, metric, interval)", frame)
    if frame["interval_start"].nunique() != 1:
        raise ReadError(
            "An evolution shows one interval, these rows hold several; ask history(...) for one by its start."
        )
    name, unit = one_series(frame)
    zone = zone_of(frame, zone)
    start, end = frame["interval_start"].iloc[0], frame["interval_end"].iloc[0]
    steps = _steps(frame.assign(known_to=known_until(frame)), end)
    is_late = steps["collected_at"] > end + LATE
    look = _look(steps, unit)
    parts = [part for part in (steps[~is_late], steps[is_late]) if len(part)]
    widths = [WIDTH] if len(parts) == 1 else [WIDTH - LATE_WIDTH, LATE_WIDTH]
    panels = []
    for part, width in zip(parts, widths, strict=True):
        panels.append(_panel(part, look, zone, (start, end), width))
        look["y"] = look["y"].axis(format=NUMBER, labels=False, ticks=False, title=None)
    notes = [
        f"times in {zone}",
        "value by the time it was collected",
        "the grey band is the interval" if not is_late.all() else "",
    ]
    title = caption(f"{name}, {hours(start, end, zone)}", *notes, known(frame, zone))
    return alt.hconcat(*panels, title=title).resolve_scale(color="shared", shape="shared")


def _steps(frame: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """Each revision with its kind and the level at which it is drawn (a withdrawn one: where the value was)."""
    steps = frame[["collected_at", "known_to", "value"]].sort_values("collected_at", ignore_index=True)
    before, gone = steps["collected_at"] < end, steps["value"].isna()
    steps["kind"] = "forecast"
    steps.loc[steps.index[before & ~gone][-1:], "kind"] = "last forecast"
    steps["is_after"], steps["is_new"] = ~before, steps["value"] != steps["value"].shift()
    steps.loc[~before, "kind"] = "after delivery"
    reading = (~before & ~gone).cumsum().eq(0).shift(fill_value=True)  # the first after delivery, and all before it
    steps.loc[~before & steps["is_new"] & ~reading, "kind"] = "restated"
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
        "tooltip": [
            alt.Tooltip("told:N", title="collected at"),
            alt.Tooltip("value:Q", format=NUMBER, title=f"value in {unit}"),
            alt.Tooltip("kind:N", title="is"),
        ],
    }


def _panel(
    steps: pd.DataFrame, look: dict, zone: str, interval: tuple[pd.Timestamp, pd.Timestamp], width: int
) -> alt.LayerChart:
    is_late = steps["collected_at"].min() > interval[1] + LATE
    shown = steps["collected_at"] if is_late else pd.concat([steps["collected_at"], pd.Series(interval)])
    first, last = shown.min(), shown.max()
    room = max(0.05 * (last - first), pd.Timedelta(hours=9) if is_late else pd.Timedelta(minutes=30))
    first, last = first - room, last + 2.5 * room  # on the right, for the newest number
    scale = alt.Scale(type="utc", nice=False, domain=[milliseconds(first), milliseconds(last)])
    axis = clock_axis(first, last, zone, "collected later" if is_late else "collected at", round(width / 85))
    x, y, color = alt.X("collected_at:T").scale(scale).axis(axis), look["y"], look["color"]
    chart = alt.Chart(
        steps.assign(until=steps["known_to"].fillna(last).clip(upper=last), told=spoken(steps["collected_at"], zone))
    )
    valid = chart.transform_filter("isValid(datum.value)")
    layers = [
        chart.mark_rule(color=QUIET).encode(x=x, y=y, y2="level_before"),
        valid.mark_rule(strokeWidth=3).encode(x=x, x2="until", y=y, color=color),
        chart.mark_point(filled=True, size=80, opacity=1).encode(x=x, **look),
    ]
    # The last forecast is written to the left, what came after it to the right, so that they do not meet.
    for align, test in (("right", "datum.kind == 'last forecast'"), ("left", "datum.is_new && datum.is_after")):
        number = valid.transform_filter(test).mark_text(dy=-12, align=align, fontSize=11)
        layers.append(number.encode(x=x, y=y, text=alt.Text("value:Q", format=SHORT)))
    if not is_late:
        band = alt.Chart(pd.DataFrame({"collected_at": [interval[0]], "until": [interval[1]]}))
        layers.insert(0, band.mark_rect(color="#999999", opacity=0.25).encode(x=x, x2="until"))
    return alt.layer(*layers).properties(width=width, height=HEIGHT)
