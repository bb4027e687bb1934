"""Days as a calendar: a page of weeks where they are few, a strip of weeks per year where they are many."""

import json

import altair as alt
import numpy as np
import pandas as pd

from warehouse.charts.colors import DISTINCT_COLORS, ON_DARK, ON_LIGHT, SHARES
from warehouse.charts.layers import layer, stack

MAX_WEEKS_ON_A_PAGE = 10
PAGE_CELL, STRIP_CELL = (76, 38), (12, 12)  # pixels, wide and high
BLANK = "#eceff2"
TEXT_COLOR = alt.condition("datum.is_dark", alt.value(ON_DARK), alt.value(ON_LIGHT))
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def draw_calendar(
    cells: pd.DataFrame, color: alt.Color, tooltip: list[alt.Tooltip], title: alt.Title
) -> alt.VConcatChart:
    """Return a calendar with one cell per day.

    cells: one row per day with `day` (datetime64 without a zone), the columns of `color` and `tooltip`, `text` (in the
    cell of a page), `mark` (a sign, also in a small cell), `is_dark` (so that both are written in white), `is_outlined`
    and `is_blank` (left pale).
    """
    dated = cells.assign(monday=cells["day"] - pd.to_timedelta(cells["day"].dt.day_of_week, unit="D"))
    weeks = (dated["monday"].max() - dated["monday"].min()).days // 7 + 1
    if weeks <= MAX_WEEKS_ON_A_PAGE:
        panels = [_page(dated, color, tooltip)]
    else:
        panels = [_strip(rows, int(year), color, tooltip) for year, rows in dated.groupby(dated["day"].dt.year)]
    return stack(*panels, title=title, spacing=6).resolve_scale(color="shared")


def _page(cells: pd.DataFrame, color: alt.Color, tooltip: list[alt.Tooltip]) -> alt.LayerChart:
    """Return weekdays from left to right and weeks rowwards, with a date and a text in each cell."""
    cells = cells.assign(column=cells["day"].dt.day_of_week, row=cells["monday"].dt.strftime("%Y-%m-%d"))
    cells["date"] = cells["day"].dt.strftime("%-d %b")
    mondays = sorted(cells["row"].unique())
    labels = {monday: f"{pd.Timestamp(monday):%-d %b %Y}" for monday in mondays}
    x_axis = alt.Axis(
        orient="top", labelExpr=f"{json.dumps(WEEKDAYS)}[datum.value]", labelAngle=0, title=None, ticks=False
    )
    y_axis = alt.Axis(labelExpr=f"{json.dumps(labels)}[datum.value]", title="week from", ticks=False)
    x = alt.X("column:O").scale(domain=list(range(7))).axis(x_axis)
    y = alt.Y("row:O").scale(domain=mondays).axis(y_axis)
    base = alt.Chart(_with_day_text(cells)).encode(x=x, y=y)
    layers = [
        *_tiles(base, color, tooltip, 2.5),
        base.mark_text(dy=-8, fontSize=10).encode(text="date:N", color=TEXT_COLOR),
        base.mark_text(dy=7, fontSize=11, fontWeight="bold").encode(text="text:N", color=TEXT_COLOR),
    ]
    return layer(*layers, width=7 * PAGE_CELL[0], height=len(mondays) * PAGE_CELL[1])


def _strip(cells: pd.DataFrame, year: int, color: alt.Color, tooltip: list[alt.Tooltip]) -> alt.LayerChart:
    """Return the weeks of a year from left to right, weekdays downwards; a month is named over its first week."""
    first = pd.Timestamp(year, 1, 1)
    start = first - pd.Timedelta(days=first.weekday())
    cells = cells.assign(column=(cells["monday"] - start).dt.days // 7, row=cells["day"].dt.day_of_week)
    months = {(day - start).days // 7: f"{day:%b}" for day in pd.date_range(first, periods=12, freq="MS")}
    every_other = ["Mon", "", "Wed", "", "Fri", "", "Sun"]
    x_axis = alt.Axis(
        values=list(months),
        labelExpr=f"{json.dumps(months)}[datum.value]",
        orient="top",
        title=None,
        ticks=False,
        domain=False,
        labelAngle=0,
        labelOverlap=False,
        labelAlign="left",
        labelOffset=-STRIP_CELL[0] / 2,
    )
    y_axis = alt.Axis(labelExpr=f"{json.dumps(every_other)}[datum.value]", title=str(year), ticks=False, domain=False)
    x = alt.X("column:O").scale(domain=list(range(54)), paddingInner=0.1).axis(x_axis)
    y = alt.Y("row:O").scale(domain=list(range(7)), paddingInner=0.1).axis(y_axis)
    base = alt.Chart(_with_day_text(cells)).encode(x=x, y=y)
    sign = base.mark_text(fontSize=9, fontWeight="bold").encode(text="mark:N", color=TEXT_COLOR)
    width, height = 54 * STRIP_CELL[0], 7 * STRIP_CELL[1]
    return layer(*_tiles(base, color, tooltip, 1.5), sign, width=width, height=height)


def _tiles(base: alt.Chart, color: alt.Color, tooltip: list[alt.Tooltip], width: float) -> list[alt.Chart]:
    """Return the cells, filled or blank; width: of the outline, in pixels."""
    stroke = alt.condition("datum.is_outlined", alt.value(DISTINCT_COLORS[0]), alt.value("white"))
    stroke_width = alt.condition("datum.is_outlined", alt.value(width), alt.value(0.5))
    blank = base.transform_filter("datum.is_blank").mark_rect(color=BLANK, stroke="white", strokeWidth=0.5)
    filled = base.transform_filter("!datum.is_blank").mark_rect()
    filled = filled.encode(color=color, tooltip=tooltip, stroke=stroke, strokeWidth=stroke_width)
    return [blank.encode(tooltip=tooltip), filled]


def _with_day_text(cells: pd.DataFrame) -> pd.DataFrame:
    return cells.assign(day=cells["day"].dt.strftime("%a %d %b %Y")).drop(columns="monday")


COMPLETE, NOTHING = "complete", "no values"
CLASSES = [COMPLETE, "99 % or more", "90 % or more", "50 to 90 %", "below 50 %", NOTHING]


def share_class(present: pd.Series, expected: pd.Series) -> pd.Series:
    """Return the class of each share present / expected; only a day without missing intervals is complete."""
    share = present / expected.where(expected > 0)
    bounds = [present >= expected, share >= 0.99, share >= 0.9, share >= 0.5, present > 0]
    return pd.Series(np.select(bounds, CLASSES[:-1], NOTHING), index=present.index)


def share_color(title: str) -> alt.Color:
    """Return the colours of the classes; darker is worse."""
    legend = alt.Legend(
        title=title, orient="right", labelLimit=0, titleLimit=0, symbolType="square", symbolStrokeColor="#777777"
    )
    return alt.Color("class:N").scale(domain=CLASSES, range=SHARES).legend(legend)
