"""Restatements by month of delivery: how many, or how large."""

import altair as alt
import pandas as pd

from warehouse.charts.captions import (
    HEIGHT,
    NUMBER,
    WIDTH,
    as_of_caption,
    caption,
    count_noun,
    describe_several,
    require_columns,
    require_one_unit,
    resolve_time_zone,
)
from warehouse.charts.colors import DISTINCT_COLORS
from warehouse.charts.layers import layer
from warehouse.charts.series_names import name_series
from warehouse.errors import ReadError

NEEDED = ["series_id", "grid_name", "region_name", "node_name", "metric", "unit", "restatements", "withdrawals"]
NEEDED += ["mean_absolute_change", "largest_absolute_change", "delivery_month"]
ALL = "all series"


def draw_months(frame: pd.DataFrame, show: str, zone: str | None) -> alt.LayerChart:
    """Return bars of the number of restatements per month, or points of their mean size; a colour for each series.

    frame: the rows of `wh.restatements(by="month")`. More series than colours are added up. Raises ReadError for their
    sizes, which cannot be.
    """
    require_columns(NEEDED, 'restatements(..., by="month")', frame)
    unit, names = require_one_unit(frame), name_series(frame)
    count = names.nunique()
    if count > len(DISTINCT_COLORS) and show == "size":
        raise ReadError(f"{count} series are too many to compare. Choose up to {len(DISTINCT_COLORS)}.")
    rows = frame[NEEDED].assign(series=names if count <= len(DISTINCT_COLORS) else ALL)
    rows["month"] = pd.to_datetime(rows["delivery_month"]).dt.strftime("%Y-%m")
    sums = rows.groupby(["month", "series"], sort=True).agg(
        restatements=("restatements", "sum"),
        withdrawals=("withdrawals", "sum"),
        mean_size=("mean_absolute_change", "mean"),  # of one row, where sizes are shown
        largest=("largest_absolute_change", "max"),
    )
    months = pd.period_range(min(rows["month"]), max(rows["month"]), freq="M").strftime("%Y-%m").tolist()
    lines = sorted(rows["series"].unique())
    x = alt.X("month:O").scale(domain=months).axis(title="local month of delivery", labelAngle=0, labelOverlap=True)
    color = alt.Color("series:N").scale(domain=lines, range=DISTINCT_COLORS[: len(lines)])
    color = color.legend(alt.Legend(title=None, orient="top", labelLimit=0, columns=2) if len(lines) > 1 else None)
    title = "number of restatements" if show == "count" else f"mean size of a change in {unit}"
    y = alt.Y("restatements:Q" if show == "count" else "mean_size:Q").axis(format=NUMBER, tickMinStep=1).title(title)
    tooltip = [
        alt.Tooltip("month:N"),
        alt.Tooltip("series:N"),
        alt.Tooltip("restatements:Q", format=","),
        alt.Tooltip("withdrawals:Q", format=",", title="of these, withdrawals"),
        alt.Tooltip("largest:Q", format=NUMBER, title=f"largest change in {unit}"),
    ]
    chart = alt.Chart(sums.reset_index()).encode(x=x, y=y, color=color, tooltip=tooltip)
    mark = chart.mark_bar() if show == "count" else chart.mark_point(filled=True, size=90, opacity=1)
    total, withdrawn = int(frame["restatements"].sum()), int(frame["withdrawals"].sum())
    notes = [
        count_noun(total, "restatement") + (f", {withdrawn:,} of them withdrawals" if withdrawn else ""),
        "first readings do not count",
        f"{count:,} series added up" if len(lines) < count else "",
    ]
    subject = "Number of restatements" if show == "count" else f"Mean size of restatements in {unit}"
    heading = f"{subject} by month, {describe_several(frame)}"
    title_of_chart = caption(heading, *notes, as_of_caption(frame, resolve_time_zone(frame, zone)))
    return layer(mark, width=WIDTH, height=HEIGHT, title=title_of_chart)
