"""Calendars of local days: what was changed after delivery, and what is there and what is missing."""

import altair as alt
import numpy as np
import pandas as pd

from warehouse.charts.calendar_layout import CLASSES, NOTHING, draw_calendar, share_class, share_color
from warehouse.charts.captions import NUMBER, caption, counted, fits, known, one_unit, several_series, zone_of
from warehouse.charts.captions import days as day_range
from warehouse.charts.colors import CROSS, beyond, reach
from warehouse.session import ReadError

NAMES = ["series_id", "grid_name", "region_name", "node_name", "metric"]
COUNTED = [*NAMES, "expected", "present", "withdrawn", "missing", "local_date"]
RESTATED = [*NAMES, "unit", "value", "absolute_change", "is_first_reading", "delivery_date"]
PER_DAY = np.array([24, 48, 96, 144, 288, 1440])  # intervals of the usual resolutions in a day of 24 hours
SHOWS = {"count": "restatements", "size": "mean size of a change"}
DAY = alt.Tooltip("day:N", title="local day")


def completeness(frame: pd.DataFrame, zone: str | None = None) -> alt.VConcatChart:
    """Share of the expected intervals that have a value, per local day, as `completeness` gave it.

    Several series are counted together. Days of 23 and 25 hours are outlined; days with nothing bear a cross.
    """
    fits(COUNTED, "completeness(...)", frame)
    zone = zone_of(frame, zone)
    cells = _counted(frame)
    told = [
        DAY,
        alt.Tooltip("share:Q", format=".2%", title="share present"),
        *(
            alt.Tooltip(f"{name}:Q", format=",", title=f"intervals {name}")
            for name in ("expected", "present", "withdrawn")
        ),
        alt.Tooltip("lacking:Q", title="series that lack something"),
        alt.Tooltip("hours:N", title="hours of the day"),
    ]
    whole = cells["present"].sum() / max(cells["expected"].sum(), 1)
    # 99.96 % must not be written as 100.
    notes = [
        f"share of expected intervals with a value: {np.floor(whole * 10000) / 100:g} % of {cells['expected'].sum():,}"
    ]
    gone = cells["withdrawn"].sum()
    notes += [
        _local(frame, zone),
        f"{gone:,} withdrawn" if gone else "",
        f"{CROSS} nothing",
        "outlined: a day of 23 or 25 hours" if cells["is_odd"].any() else "",
    ]
    title = caption(f"Completeness, {_subject(frame, cells)}", *notes, known(frame, zone))
    return draw_calendar(cells, share_color("intervals with a value"), told, title)


def restatements(frame: pd.DataFrame, show: str = "count", zone: str | None = None) -> alt.VConcatChart:
    """What was changed after it had been read, by local day of delivery, as `restatements` gave it.

    show: "count", or "size" for the mean absolute change in the unit. First readings, which only replace a forecast,
    are not counted.
    """
    fits(RESTATED, "restatements(...)", frame)
    if show not in SHOWS:
        raise ReadError(f"A day cannot be coloured by {show!r}; take {' or '.join(map(repr, SHOWS))}.")
    unit, zone = one_unit(frame), zone_of(frame, zone)
    changes = frame[~frame["is_first_reading"].astype(bool)]
    if changes.empty:
        raise ReadError(f"There is nothing to draw: all {len(frame):,} changes are first readings, none was restated.")
    cells = _changed(changes, _span(frame), show)
    told = [
        DAY,
        alt.Tooltip("count:Q", format=",", title="restatements"),
        alt.Tooltip("withdrawals:Q", format=",", title="of these, withdrawals"),
        alt.Tooltip("size:Q", format=NUMBER, title=f"mean size of a change in {unit}"),
        alt.Tooltip("largest:Q", format=NUMBER, title=f"largest change in {unit}"),
    ]
    scale = alt.Scale(scheme="oranges", domain=[0, reach(cells["shade"])], nice=False, clamp=True)
    legend = alt.Legend(title=SHOWS[show] if show == "count" else f"{SHOWS[show]}, {unit}", format=NUMBER, titleLimit=0)
    color = alt.Color("shade:Q", scale=scale, legend=legend)
    gone = f", of these {cells['withdrawals'].sum():,} withdrawals ({CROSS})" if cells["withdrawals"].any() else ""
    notes = [f"{counted(len(changes), 'change')} after the first reading{gone}", _local(frame, zone), "pale grey: none"]
    notes += beyond(cells["shade"], "" if show == "count" else unit)
    title = caption(f"Restatements, {_subject(changes, cells)}, in {unit}", *notes, known(frame, zone))
    return draw_calendar(cells, color, told, title)


def _counted(frame: pd.DataFrame) -> pd.DataFrame:
    rows = frame.assign(day=_dates(frame["local_date"]), lacking=frame["present"] < frame["expected"])
    rows["hours"] = _hours(rows["expected"])
    cells = rows.groupby("day")[["expected", "present", "withdrawn", "lacking"]].sum().reset_index()
    odd = rows[rows["hours"] != 24].groupby("day")["hours"].unique()
    named = odd.map(lambda lengths: " and ".join(f"{length:g} h" for length in sorted(lengths)))
    cells["hours"] = cells["day"].map(named).astype("str").where(cells["day"].isin(named.index), "24 h")
    cells["is_odd"] = cells["hours"] != "24 h"
    cells["share"] = cells["present"] / cells["expected"].where(cells["expected"] > 0)
    cells["class"] = share_class(cells["present"], cells["expected"])
    percent = (np.floor(cells["share"].fillna(0) * 1000) / 10).map("{:g} %".format)
    length = cells["hours"].where(cells["is_odd"], "").map(lambda text: f" · {text}" if text else "")
    return cells.assign(
        words=percent.where(cells["class"] != NOTHING, CROSS) + length,
        mark=np.where(cells["class"] == NOTHING, CROSS, ""),
        is_dark=cells["class"].isin(CLASSES[4:]),
        is_blank=False,
    )


def _hours(expected: pd.Series) -> pd.Series:
    """How long each day is, told from its number of intervals; 24 for a resolution of a day or more."""
    near = PER_DAY[np.abs(np.log(np.outer(expected.clip(lower=1), 1 / PER_DAY))).argmin(axis=1)]
    length = 24 * expected / near
    return length.where((length - 24).abs() <= 1, 24).round(2)


def _changed(changes: pd.DataFrame, span: pd.DatetimeIndex, show: str) -> pd.DataFrame:
    rows = changes.assign(day=_dates(changes["delivery_date"]), gone=changes["value"].isna())
    sums = rows.groupby("day").agg(
        count=("gone", "size"),
        withdrawals=("gone", "sum"),
        size=("absolute_change", "mean"),
        largest=("absolute_change", "max"),
    )
    cells = sums.reindex(span.union(sums.index).rename("day")).reset_index()
    cells[["count", "withdrawals"]] = cells[["count", "withdrawals"]].fillna(0).astype(int)
    cells["shade"] = cells[show].fillna(0).astype(float)
    words = cells["count"].map("{:,}".format) if show == "count" else cells["size"].map("{:,.4g}".format)
    is_told = cells["count"] > 0 if show == "count" else cells["size"].notna()  # a withdrawal has no size
    return cells.assign(
        words=words.where(is_told, "") + np.where(cells["withdrawals"] > 0, f" {CROSS}", ""),
        mark=np.where(cells["withdrawals"] > 0, CROSS, ""),
        is_dark=cells["shade"] > 0.6 * reach(cells["shade"]),
        is_odd=False,
        is_blank=cells["count"] == 0,
    )


def _span(frame: pd.DataFrame) -> pd.DatetimeIndex:
    dates = _dates(frame["delivery_date"])
    return pd.date_range(dates.min(), dates.max(), freq="D")


def _dates(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column).astype("datetime64[s]")


def _local(frame: pd.DataFrame, zone: str) -> str:
    return f"days local to {zone}" if len(frame.attrs.get("time_zones", [])) == 1 else "days local to each grid"


def _subject(frame: pd.DataFrame, cells: pd.DataFrame) -> str:
    count = frame["series_id"].nunique()
    together = f" ({count} series)" if count > 1 else ""
    return f"{several_series(frame)}{together}, {day_range(cells['day'].min(), cells['day'].max())}"
