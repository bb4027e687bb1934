"""Calendars of local days: restatements after delivery, and completeness."""

import altair as alt
import numpy as np
import pandas as pd

from warehouse.answers.info import answer_info
from warehouse.charts.calendar_layout import CLASSES, NOTHING, draw_calendar, share_class, share_color
from warehouse.charts.captions import (
    NUMBER,
    as_of_caption,
    caption,
    count_noun,
    describe_several,
    format_days,
    require_columns,
    require_one_unit,
    resolve_time_zone,
)
from warehouse.charts.colors import CROSS, DARK_FROM, color_limit, color_limit_notes, format_size
from warehouse.charts.group_bars import draw_completeness_groups, draw_restatement_groups
from warehouse.charts.rendering import drawn_offline
from warehouse.charts.restated_months import draw_months
from warehouse.errors import ReadError

NAMES = ["series_id", "grid_name", "region_name", "node_name", "metric"]
COMPLETENESS_COLUMNS = [*NAMES, "expected", "present", "withdrawn", "missing", "local_date"]
RESTATEMENT_COLUMNS = [*NAMES, "unit", "value", "absolute_change", "is_first_reading", "delivery_date"]
INTERVALS_PER_DAY = np.array([24, 48, 96, 144, 288, 1440])  # intervals of the usual resolutions in a day of 24 hours
COLORED_BY = {"count": "restatements", "size": "mean size of a change"}
DAY_TOOLTIP = alt.Tooltip("day:N", title="local day")


@drawn_offline
def completeness(frame: pd.DataFrame, zone: str | None = None) -> alt.VConcatChart | alt.LayerChart:
    """Draw a calendar of the share of expected intervals that have a value, per local day; or bars by group.

    Several series are counted together. Days of 23 and 25 hours are outlined; days without values have a cross.

    Args:
        frame: The rows of `wh.completeness`, also by region, grid, metric or month.
        zone: IANA time zone of the as-of time in the subtitle. Days are always local to the grid.

    Returns:
        A page of weeks, or a strip of weeks per year where the range is long. For groups, a bar for each.

    Raises:
        ReadError: For a frame of another kind, or no rows.

    Example:
        >>> import pandas as pd
        >>> from warehouse import charts
        >>> names = {"grid_name": "G", "region_name": "R", "node_name": "N", "metric": "power"}
        >>> counts = {"expected": [24, 24], "present": [24, 23], "withdrawn": 0, "missing": [0, 1]}
        >>> days = pd.to_datetime(["2026-10-20", "2026-10-21"]).date
        >>> frame = pd.DataFrame({"series_id": 1, **names, **counts, "local_date": days})
        >>> charts.completeness(frame).to_dict()["title"]["text"]
        'Completeness, G / R / N: power, Tue 20 Oct to Wed 21 Oct 2026'
    """
    if isinstance(frame, pd.DataFrame) and "missing" in frame and "local_date" not in frame:
        return draw_completeness_groups(frame, zone)
    require_columns(COMPLETENESS_COLUMNS, "completeness(...)", frame)
    zone = resolve_time_zone(frame, zone)
    cells = _completeness_cells(frame)
    counts = [
        alt.Tooltip(f"{name}:Q", format=",", title=f"intervals {name}") for name in ("expected", "present", "withdrawn")
    ]
    tooltip = [
        DAY_TOOLTIP,
        alt.Tooltip("share:Q", format=".2%", title="share with a value"),
        *counts,
        alt.Tooltip("incomplete:Q", title="series with missing intervals"),
        alt.Tooltip("hours:N", title="hours of the day"),
    ]
    share = cells["present"].sum() / max(cells["expected"].sum(), 1)
    withdrawn = cells["withdrawn"].sum()
    notes = [  # rounded down, so that 99.999 % is not written as 100 %
        f"{np.floor(share * 10000) / 100:g} % of {cells['expected'].sum():,} expected intervals have a value",
        _days_note(frame, zone),
        f"{withdrawn:,} withdrawn" if withdrawn else "",
        f"{CROSS} no values",
        "outlined: a day of 23 or 25 hours" if cells["is_outlined"].any() else "",
    ]
    title = caption(f"Completeness, {_subject(frame, cells)}", *notes, as_of_caption(frame, zone))
    return draw_calendar(cells, share_color("intervals with a value"), tooltip, title)


@drawn_offline
def restatements(
    frame: pd.DataFrame, show: str = "count", zone: str | None = None
) -> alt.VConcatChart | alt.LayerChart:
    """Draw a calendar of what was changed after delivery, by local day of delivery, or bars by month.

    Args:
        frame: The rows of `wh.restatements`, of one unit, also by month, region, grid or metric. First readings,
            which only replace a forecast, are not drawn.
        show: "count" for the number of restatements, "size" for their mean absolute change in the unit.
        zone: IANA time zone of the as-of time in the subtitle. Days are always local to the grid.

    Returns:
        A page of weeks, or a strip of weeks per year where the range is long. For groups, bars, or
            points of their sizes per month.

    Raises:
        ReadError: For several units, an unknown `show`, only first readings, or no rows.

    Example:
        >>> import pandas as pd
        >>> from warehouse import charts
        >>> names = {"grid_name": "G", "region_name": "R", "node_name": "N", "metric": "power", "unit": "kW"}
        >>> change = {"value": 2.0, "absolute_change": 1.5, "is_first_reading": False}
        >>> frame = pd.DataFrame({"series_id": [1], **names, **change, "delivery_date": pd.to_datetime("2026-03-27")})
        >>> charts.restatements(frame).to_dict()["title"]["text"]
        'Number of restatements, G / R / N: power, Fri 27 Mar 2026'
    """
    if show not in COLORED_BY:
        raise ReadError(f"A day cannot be coloured by {show!r}. Use {' or '.join(map(repr, COLORED_BY))}.")
    if isinstance(frame, pd.DataFrame) and "delivery_month" in frame:
        return draw_months(frame, show, zone)
    if isinstance(frame, pd.DataFrame) and "restatements" in frame and show == "count":
        return draw_restatement_groups(frame, zone)
    require_columns(RESTATEMENT_COLUMNS, "restatements(...)", frame)
    unit, zone = require_one_unit(frame), resolve_time_zone(frame, zone)
    changes = frame[~frame["is_first_reading"].astype(bool)]
    first_readings = len(frame) - len(changes)
    if changes.empty:
        raise ReadError(f"There is nothing to draw: all {len(frame):,} changes are first readings, not restatements.")
    cells = _restatement_cells(changes, _all_days(frame), show)
    tooltip = [
        DAY_TOOLTIP,
        alt.Tooltip("count:Q", format=",", title="restatements"),
        alt.Tooltip("withdrawals:Q", format=",", title="of these, withdrawals"),
        alt.Tooltip("size:Q", format=NUMBER, title=f"mean size of a change in {unit}"),
        alt.Tooltip("largest:Q", format=NUMBER, title=f"largest change in {unit}"),
    ]
    scale = alt.Scale(scheme="oranges", domain=[0, color_limit(cells["shade"])], nice=False, clamp=True)
    heading = COLORED_BY[show] if show == "count" else f"{COLORED_BY[show]}, {unit}"
    color = alt.Color("shade:Q", scale=scale, legend=alt.Legend(title=heading, format=NUMBER, titleLimit=0))
    withdrawals = cells["withdrawals"].sum()
    notes = [
        count_noun(len(changes), "restatement")
        + (f", {withdrawals:,} of them withdrawals ({CROSS})" if withdrawals else ""),
        f"{count_noun(first_readings, 'first reading')} not drawn" if first_readings else "",
        _days_note(frame, zone),
        "pale grey: none",
        *color_limit_notes(cells["shade"], "" if show == "count" else unit),
    ]
    if show == "count":
        subject = f"Number of restatements, {_subject(changes, cells)}"
    else:
        subject = f"Mean size of restatements in {unit}, {_subject(changes, cells)}"
    return draw_calendar(cells, color, tooltip, caption(subject, *notes, as_of_caption(frame, zone)))


def _completeness_cells(frame: pd.DataFrame) -> pd.DataFrame:
    rows = frame.assign(day=_to_days(frame["local_date"]), incomplete=frame["present"] < frame["expected"])
    rows["hours"] = _day_length(rows["expected"])
    cells = rows.groupby("day")[["expected", "present", "withdrawn", "incomplete"]].sum().reset_index()
    changed = rows[rows["hours"] != 24].groupby("day")["hours"].unique()
    texts = changed.map(lambda lengths: " and ".join(f"{length:g} h" for length in sorted(lengths)))
    cells["hours"] = cells["day"].map(texts).astype("str").where(cells["day"].isin(texts.index), "24 h")
    cells["is_outlined"] = cells["hours"] != "24 h"
    cells["share"] = cells["present"] / cells["expected"].where(cells["expected"] > 0)
    cells["class"] = share_class(cells["present"], cells["expected"])
    percent = (np.floor(cells["share"].fillna(0) * 1000) / 10).map("{:g} %".format)
    length = cells["hours"].where(cells["is_outlined"], "").map(lambda text: f" · {text}" if text else "")
    return cells.assign(
        text=percent.where(cells["class"] != NOTHING, CROSS) + length,
        mark=np.where(cells["class"] == NOTHING, CROSS, ""),
        is_dark=cells["class"].isin(CLASSES[4:]),
        is_blank=False,
    )


def _day_length(expected: pd.Series) -> pd.Series:
    """Return the length of each day from its number of intervals; 24 for a resolution of a day or more."""
    nearest = INTERVALS_PER_DAY[np.abs(np.log(np.outer(expected.clip(lower=1), 1 / INTERVALS_PER_DAY))).argmin(axis=1)]
    length = 24 * expected / nearest
    return length.where((length - 24).abs() <= 1, 24).round(2)


def _restatement_cells(changes: pd.DataFrame, days: pd.DatetimeIndex, show: str) -> pd.DataFrame:
    rows = changes.assign(day=_to_days(changes["delivery_date"]), is_withdrawn=changes["value"].isna())
    sums = rows.groupby("day").agg(
        count=("is_withdrawn", "size"),
        withdrawals=("is_withdrawn", "sum"),
        size=("absolute_change", "mean"),
        largest=("absolute_change", "max"),
    )
    cells = sums.reindex(days.union(pd.DatetimeIndex(sums.index)).rename("day")).reset_index()
    cells[["count", "withdrawals"]] = cells[["count", "withdrawals"]].fillna(0).astype(int)
    cells["shade"] = cells[show].fillna(0).astype(float)
    texts = cells["count"].map("{:,}".format) if show == "count" else cells["size"].map(format_size)
    has_text = cells["count"] > 0 if show == "count" else cells["size"].notna()  # a withdrawal has no size
    return cells.assign(
        text=texts.where(has_text, "") + np.where(cells["withdrawals"] > 0, f" {CROSS}", ""),
        mark=np.where(cells["withdrawals"] > 0, CROSS, ""),
        is_dark=cells["shade"] > DARK_FROM * color_limit(cells["shade"]),
        is_outlined=False,
        is_blank=cells["count"] == 0,
    )


def _all_days(frame: pd.DataFrame) -> pd.DatetimeIndex:
    dates = _to_days(frame["delivery_date"])
    return pd.date_range(dates.min(), dates.max(), freq="D")


def _to_days(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column).astype("datetime64[s]")


def _days_note(frame: pd.DataFrame, zone: str) -> str:
    """Return the note on whose local days these are."""
    return f"days local to {zone}" if len(answer_info(frame).time_zones) == 1 else "days local to each grid"


def _subject(frame: pd.DataFrame, cells: pd.DataFrame) -> str:
    count = frame["series_id"].nunique()
    together = f" ({count} series)" if count > 1 else ""
    return f"{describe_several(frame)}{together}, {format_days(cells['day'].min(), cells['day'].max())}"
