"""Days as a calendar: a page of weeks where they are few, a strip of weeks per year where they are many."""

import json

import altair as alt
import numpy as np
import pandas as pd

from warehouse.charts.colors import APART, INK, SHARES

MOST_WEEKS_ON_A_PAGE = 10
PAGE_CELL, STRIP_CELL = (76, 38), (12, 12)  # pixels, wide and high
BLANK = "#eceff2"
INK_ON_TILE = alt.condition("datum.is_dark", alt.value("white"), alt.value(INK))
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def draw_calendar(cells: pd.DataFrame, color: alt.Color, told: list[alt.Tooltip], title: alt.Title) -> alt.VConcatChart:
    """The days as cells.

    cells: one row per day with `day` (datetime64 without a zone), what `color` and `told` name, `words` (in the cell of
    a page), `mark` (a sign, also in a small cell), `is_dark` (so that both are written in white), `is_odd` (outlined)
    and `is_blank` (left pale, whatever its colour would say).
    """
    placed = cells.assign(monday=cells["day"] - pd.to_timedelta(cells["day"].dt.day_of_week, unit="D"))
    weeks = (placed["monday"].max() - placed["monday"].min()).days // 7 + 1
    if weeks <= MOST_WEEKS_ON_A_PAGE:
        panels = [_page(placed, color, told)]
    else:
        panels = [_strip(rows, int(year), color, told) for year, rows in placed.groupby(placed["day"].dt.year)]
    return alt.vconcat(*panels, title=title, spacing=6).resolve_scale(color="shared")


def _page(cells: pd.DataFrame, color: alt.Color, told: list[alt.Tooltip]) -> alt.LayerChart:
    """Weekdays across, weeks down, with a date and a word in each cell."""
    cells = cells.assign(across=cells["day"].dt.day_of_week, down=cells["monday"].dt.strftime("%Y-%m-%d"))
    cells["date"] = cells["day"].dt.strftime("%-d %b")
    mondays = sorted(cells["down"].unique())
    named = {monday: f"{pd.Timestamp(monday):%-d %b %Y}" for monday in mondays}
    x_axis = alt.Axis(
        orient="top", labelExpr=f"{json.dumps(WEEKDAYS)}[datum.value]", labelAngle=0, title=None, ticks=False
    )
    y_axis = alt.Axis(labelExpr=f"{json.dumps(named)}[datum.value]", title="week from", ticks=False)
    x = alt.X("across:O").scale(domain=list(range(7))).axis(x_axis)
    y = alt.Y("down:O").scale(domain=mondays).axis(y_axis)
    base = alt.Chart(_shown(cells)).encode(x=x, y=y)
    size = {"width": 7 * PAGE_CELL[0], "height": len(mondays) * PAGE_CELL[1]}
    return alt.layer(
        *_tiles(base, color, told, 2.5),
        base.mark_text(dy=-8, fontSize=10).encode(text="date:N", color=INK_ON_TILE),
        base.mark_text(dy=7, fontSize=11, fontWeight="bold").encode(text="words:N", color=INK_ON_TILE),
    ).properties(**size)


def _strip(cells: pd.DataFrame, year: int, color: alt.Color, told: list[alt.Tooltip]) -> alt.LayerChart:
    """The weeks of a year across, weekdays down; a month's name stands over the week of its first day."""
    first = pd.Timestamp(year, 1, 1)
    start = first - pd.Timedelta(days=first.weekday())
    cells = cells.assign(across=(cells["monday"] - start).dt.days // 7, down=cells["day"].dt.day_of_week)
    months = {(day - start).days // 7: f"{day:%b}" for day in pd.date_range(first, periods=12, freq="MS")}
    every_other = ["Mon", "", "Wed", "", "Fri", "", "Sun"]
    look = {"orient": "top", "title": None, "ticks": False, "domain": False, "labelAngle": 0, "labelOverlap": False}
    look |= {"labelAlign": "left", "labelOffset": -STRIP_CELL[0] / 2}
    x_axis = alt.Axis(values=list(months), labelExpr=f"{json.dumps(months)}[datum.value]", **look)
    y_axis = alt.Axis(labelExpr=f"{json.dumps(every_other)}[datum.value]", title=str(year), ticks=False, domain=False)
    x = alt.X("across:O").scale(domain=list(range(54)), paddingInner=0.1).axis(x_axis)
    y = alt.Y("down:O").scale(domain=list(range(7)), paddingInner=0.1).axis(y_axis)
    base = alt.Chart(_shown(cells)).encode(x=x, y=y)
    sign = base.mark_text(fontSize=9, fontWeight="bold").encode(text="mark:N", color=INK_ON_TILE)
    return alt.layer(*_tiles(base, color, told, 1.5), sign).properties(
        width=54 * STRIP_CELL[0], height=7 * STRIP_CELL[1]
    )


def _tiles(base: alt.Chart, color: alt.Color, told: list[alt.Tooltip], width: float) -> list[alt.Chart]:
    outline = {
        "stroke": alt.condition("datum.is_odd", alt.value(APART[0]), alt.value("white")),
        "strokeWidth": alt.condition("datum.is_odd", alt.value(width), alt.value(0.5)),
    }
    blank = base.transform_filter("datum.is_blank").mark_rect(color=BLANK, stroke="white", strokeWidth=0.5)
    told_of = base.transform_filter("!datum.is_blank").mark_rect()
    return [blank.encode(tooltip=told), told_of.encode(color=color, tooltip=told, **outline)]


def _shown(cells: pd.DataFrame) -> pd.DataFrame:
    return cells.assign(day=cells["day"].dt.strftime("%a %d %b %Y")).drop(columns="monday")


COMPLETE, NOTHING = "complete", "nothing"
CLASSES = [COMPLETE, "99 % or more", "90 % or more", "50 to 90 %", "below 50 %", NOTHING]


def share_class(present: pd.Series, expected: pd.Series) -> pd.Series:
    """The class of each share present / expected; only what lacks nothing is complete."""
    share = present / expected.where(expected > 0)
    bounds = [present >= expected, share >= 0.99, share >= 0.9, share >= 0.5, present > 0]
    return pd.Series(np.select(bounds, CLASSES[:-1], NOTHING), index=present.index)


def share_color(title: str) -> alt.Color:
    """Darker is worse."""
    legend = alt.Legend(
        title=title, orient="right", labelLimit=0, titleLimit=0, symbolType="square", symbolStrokeColor="#777777"
    )
    return alt.Color("class:N").scale(domain=CLASSES, range=SHARES).legend(legend)
