"""Restatements and completeness summed up by region, grid, metric or month: a bar for each group."""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from warehouse.charts.calendar_layout import share_class, share_color
from warehouse.charts.captions import (
    NUMBER,
    PARENTS,
    WIDTH,
    as_of_caption,
    caption,
    count_noun,
    describe_several,
    omission_note,
    require_columns,
    resolve_time_zone,
)
from warehouse.charts.colors import DISTINCT_COLORS
from warehouse.charts.layers import Layers, layer
from warehouse.charts.series_names import name_series

BAR_HEIGHT, LETTER_WIDTH, SHORTEST = 22, 6, 240  # pixels
LABELS_WITHIN_WIDTH = 20  # letters; longer labels make the bars shorter, so that the picture stays within a page
MAX_BARS = 40
RESTATEMENT_SUMS = ["restatements", "withdrawals", "mean_absolute_change", "largest_absolute_change", "unit"]
COMPLETENESS_SUMS = ["expected", "present", "withdrawn", "missing"]


def group_name(frame: pd.DataFrame) -> str:
    """Return what a frame is summed up by: region, grid, metric, or month."""
    if "delivery_month" in frame:
        return "month"
    names = [column for column in PARENTS if column in frame]
    return names[-1].removesuffix("_name") if names else "metric"


def draw_restatement_groups(frame: pd.DataFrame, zone: str | None) -> Layers:
    """Return a bar for the number of restatements of each group. frame: of `wh.restatements(by="region")`."""
    require_columns(RESTATEMENT_SUMS, 'restatements(..., by="region")', frame)
    bars = frame.assign(group=name_series(frame, "unit")).sort_values("restatements", ascending=False)
    drawn, left_out = bars.head(MAX_BARS), bars["group"].tolist()[MAX_BARS:]
    total, withdrawals = int(frame["restatements"].sum()), int(frame["withdrawals"].sum())
    notes = [
        count_noun(total, "restatement") + (f", {withdrawals:,} of them withdrawals" if withdrawals else ""),
        "first readings do not count",
        omission_note(left_out),
    ]
    tooltip = [
        alt.Tooltip("group:N", title=group_name(frame)),
        alt.Tooltip("restatements:Q", format=","),
        alt.Tooltip("withdrawals:Q", format=",", title="of these, withdrawals"),
        alt.Tooltip("mean_absolute_change:Q", format=NUMBER, title="mean size of a change"),
        alt.Tooltip("largest_absolute_change:Q", format=NUMBER, title="largest change"),
        alt.Tooltip("unit:N"),
    ]
    kept = drawn[["group", *RESTATEMENT_SUMS]].assign(text=drawn["restatements"].map("{:,}".format))
    x = alt.X("restatements:Q").axis(format=",", tickMinStep=1).title("number of restatements")
    title = caption(_subject("Restatements", frame), *notes, as_of_caption(frame, resolve_time_zone(frame, zone)))
    return _draw(kept, x, alt.value(DISTINCT_COLORS[0]), tooltip, title)


def draw_completeness_groups(frame: pd.DataFrame, zone: str | None) -> Layers:
    """Return a bar for the share of intervals with a value of each group. frame: of `wh.completeness(by="region")`.

    The months of several series are added up.
    """
    require_columns(COMPLETENESS_SUMS, 'completeness(..., by="region")', frame)
    if "delivery_month" in frame:
        sums = frame.groupby("delivery_month")[COMPLETENESS_SUMS].sum().reset_index()
        bars = sums.assign(group=pd.to_datetime(sums["delivery_month"]).dt.strftime("%Y-%m"))
        left_out, bars = bars["group"].tolist()[:-MAX_BARS], bars.tail(MAX_BARS)
    else:
        bars = frame.assign(group=name_series(frame), share=frame["present"] / frame["expected"])
        bars = bars.sort_values("share", kind="stable")
        left_out, bars = bars["group"].tolist()[MAX_BARS:], bars.head(MAX_BARS)
    bars["share"] = bars["present"] / bars["expected"].where(bars["expected"] > 0)
    bars["class"] = share_class(bars["present"], bars["expected"])
    bars["text"] = [  # rounded down, so that 99.999 % is not written as 100 %
        "none expected" if pd.isna(share) else f"{np.floor(share * 10000) / 100:g} %" for share in bars["share"]
    ]
    counts = frame[COMPLETENESS_SUMS].sum()
    notes = [
        f"{counts['present']:,} of {counts['expected']:,} expected intervals have a value",
        f"{counts['withdrawn']:,} withdrawn" if counts["withdrawn"] else "",
        f"{frame['series_id'].nunique():,} series counted together" if "series_id" in frame else "",
        "days local to each grid",
        omission_note(left_out),
    ]
    tooltip = [alt.Tooltip("group:N", title=group_name(frame)), alt.Tooltip("share:Q", format=".2%")]
    tooltip += [alt.Tooltip(f"{name}:Q", format=",", title=f"intervals {name}") for name in COMPLETENESS_SUMS]
    x = alt.X("share:Q").scale(domain=[0, 1]).axis(format="~%").title("share of expected intervals with a value")
    title = caption(_subject("Completeness", frame), *notes, as_of_caption(frame, resolve_time_zone(frame, zone)))
    kept = bars[["group", "text", "share", "class", *COMPLETENESS_SUMS]]
    legend = alt.Legend(title=None, orient="bottom", labelLimit=0, symbolType="square", columns=6)
    return _draw(kept, x, share_color("").legend(legend), tooltip, title)


def _subject(what: str, frame: pd.DataFrame) -> str:
    name, places = group_name(frame), describe_several(frame)
    return f"{what} by {name}, {places}" if places else f"{what} by {name}"


def _draw(bars: pd.DataFrame, x: alt.X, color: Any, tooltip: list[alt.Tooltip], title: alt.Title) -> Layers:
    order = bars["group"].tolist()
    beyond = max(max(map(len, order)) - LABELS_WITHIN_WIDTH, 0)
    y = alt.Y("group:N", sort=order).axis(title=None, labelLimit=0, ticks=False)
    base = alt.Chart(bars).encode(x=x, y=y)
    bar = base.mark_bar().encode(color=color, tooltip=tooltip)
    text = base.mark_text(align="left", dx=5).encode(text="text:N")
    width = max(WIDTH - 60 - LETTER_WIDTH * beyond, SHORTEST)
    return layer(bar, text, width=width, height=BAR_HEIGHT * len(order), title=title)
