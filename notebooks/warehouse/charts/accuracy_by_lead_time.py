"""Forecast errors by lead time: in the unit, and against the bands of the code list quality_levels."""

import altair as alt
import numpy as np
import pandas as pd

from loaders.settings import PROJECT_ROOT
from warehouse.charts.captions import (
    NUMBER,
    SHORT_NUMBER,
    WIDTH,
    as_of_caption,
    caption,
    describe_series,
    describe_several,
    omission_note,
    require_columns,
    require_one_unit,
    resolve_time_zone,
)
from warehouse.charts.colors import BANDS, DISTINCT_COLORS, INK
from warehouse.charts.layers import layer
from warehouse.charts.rendering import drawn_offline
from warehouse.errors import ReadError

NEEDED = ["series_id", "grid_name", "region_name", "node_name", "metric", "unit", "lead_time_from_hours"]
NEEDED += ["lead_time_to_hours", "forecasts", "bias", "mae", "wape"]
QUALITY_LEVELS = PROJECT_ROOT / "dbt_project" / "seeds" / "quality_levels.csv"
AFTER_START = "after the start"
MEASURES = {"mean absolute error (MAE)": "mae", "mean error (bias)": "bias"}


@drawn_offline
def accuracy(frame: pd.DataFrame, bands: pd.DataFrame | None = None, zone: str | None = None) -> alt.VConcatChart:
    """Draw forecast errors by lead time: above in the unit, below relative to the actual with bands of quality.

    Several series of one unit are combined, weighted by their numbers of forecasts.

    Args:
        frame: The rows of `wh.accuracy(..., by="lead_time")`, of one unit.
        bands: Columns quality_level and relative_error_from (a fraction). By default the code list quality_levels.
        zone: IANA time zone of the as-of time in the subtitle. By default that of the grid.

    Returns:
        Three panels on top of each other: errors in the unit, relative errors on a square-root scale, and counts.

    Raises:
        ReadError: For several units, more than five bands, or no rows.

    Example:
        >>> import pandas as pd
        >>> from warehouse import charts
        >>> names = {"grid_name": "G", "region_name": "R", "node_name": "N", "metric": "power", "unit": "kW"}
        >>> errors = {"forecasts": [20], "bias": [2.0], "mae": [3.0], "wape": [0.04]}
        >>> lead = {"lead_time_from_hours": [0.0], "lead_time_to_hours": [24.0]}
        >>> charts.accuracy(pd.DataFrame({"series_id": 1, **names, **lead, **errors})).to_dict()["title"]["text"]
        'Error by lead time, G / R / N: power in kW'
    """
    require_columns(NEEDED, 'accuracy(..., by="lead_time")', frame)
    unit, zone = require_one_unit(frame), resolve_time_zone(frame, zone)
    count = frame["series_id"].nunique()
    name = describe_series(frame)[0] if count == 1 else f"{describe_several(frame)} in {unit}, {count} series combined"
    buckets = _buckets(frame)
    order = buckets["bucket"].tolist()
    x = alt.X("bucket:N", sort=order, scale=alt.Scale(domain=order, paddingInner=0, paddingOuter=0))
    bare = x.axis(labels=False, ticks=False, title=None, grid=False)
    full = x.axis(labelAngle=0, title="lead time: hours from collection to the start of the interval", grid=False)
    panels = [_in_unit(buckets, bare, unit), _relative(buckets, bare, _bands(bands)), _counts(buckets, full)]
    without_share = buckets.loc[buckets["wape"].isna(), "bucket"]
    notes = [
        "bias above zero: forecasts were too high",
        "below: MAE as a share of the actual, on a square-root scale, with bands of quality",
        omission_note([f"{bucket} in the lower panel (actuals of zero)" for bucket in without_share]),
    ]
    title = caption(f"Error by lead time, {name}", *notes, as_of_caption(frame, zone))
    chart = alt.vconcat(*panels, title=title, spacing=8)
    return chart.resolve_scale(color="independent", shape="independent")


def lead_time_label(first: float, last: float) -> str:
    """Return the label of a lead-time bucket in hours, such as `24 to 36 h`."""
    if pd.isna(first):
        return AFTER_START
    return f"{first:g} h +" if pd.isna(last) else f"{first:g} to {last:g} h"


def _buckets(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per lead-time bucket, the longest first; errors are weighted by the number of forecasts."""
    weighted = frame.assign(
        error=frame["bias"] * frame["forecasts"],
        size=frame["mae"] * frame["forecasts"],
        # The errors that have a relative error, and the actuals behind them.
        rated=(frame["mae"] * frame["forecasts"]).where(frame["wape"].notna()),
        actual=frame["mae"] * frame["forecasts"] / frame["wape"].where(frame["wape"] > 0),
    )
    keys = ["lead_time_from_hours", "lead_time_to_hours"]
    sums = weighted.groupby(keys, dropna=False)[["forecasts", "error", "size", "rated", "actual"]].sum().reset_index()
    sums = sums.sort_values("lead_time_from_hours", ascending=False, na_position="last", ignore_index=True)
    spans = zip(sums["lead_time_from_hours"], sums["lead_time_to_hours"], strict=True)
    return pd.DataFrame(
        {
            "bucket": [lead_time_label(first, last) for first, last in spans],
            "forecasts": sums["forecasts"],
            "bias": sums["error"] / sums["forecasts"],
            "mae": sums["size"] / sums["forecasts"],
            "wape": np.where(sums["actual"] > 0, sums["rated"] / sums["actual"].where(sums["actual"] > 0), np.nan),
        }
    )


def _bands(bands: pd.DataFrame | None) -> pd.DataFrame:
    """Return each quality level with its range of relative errors, the best first."""
    levels = pd.read_csv(QUALITY_LEVELS) if bands is None else bands
    require_columns(["quality_level", "relative_error_from"], "... the code list quality_levels", levels)
    if len(levels) > len(BANDS):
        raise ReadError(f"At most {len(BANDS)} quality levels have colours; these are {len(levels)}.")
    levels = levels.sort_values("relative_error_from", ignore_index=True)
    return levels.assign(relative_error_to=levels["relative_error_from"].shift(-1), color=BANDS[: len(levels)])


def _in_unit(buckets: pd.DataFrame, x: alt.X, unit: str) -> alt.LayerChart:
    long = buckets.melt(["bucket", "forecasts"], list(MEASURES.values()), "measure", "error")
    long["measure"] = long["measure"].map({column: label for label, column in MEASURES.items()})
    names = list(MEASURES)
    legend = alt.Legend(title=None, orient="top", labelLimit=0, symbolSize=90)
    color = alt.Color("measure:N", sort=names).scale(domain=names, range=DISTINCT_COLORS[:2]).legend(legend)
    shape = alt.Shape("measure:N", sort=names).scale(domain=names, range=["circle", "diamond"]).legend(legend)
    y = alt.Y("error:Q").axis(format=NUMBER, tickCount=6).title(f"error in {unit}").scale(padding=14)
    tooltip = _tooltip(alt.Tooltip("error:Q", format=SHORT_NUMBER, title=f"error in {unit}"), alt.Tooltip("measure:N"))
    base = alt.Chart(long).encode(x=x, y=y, color=color)
    zero = alt.Chart(pd.DataFrame({"error": [0]})).mark_rule(color=INK).encode(y="error:Q")
    points = base.mark_point(filled=True, size=90, opacity=1).encode(shape=shape, tooltip=tooltip)
    return layer(zero, base.mark_line(strokeWidth=1.5), points, width=WIDTH, height=190)


def _relative(buckets: pd.DataFrame, x: alt.X, bands: pd.DataFrame) -> alt.LayerChart:
    worst = buckets["wape"].max()
    bounds = bands["relative_error_from"]
    above = bounds[bounds > (0 if pd.isna(worst) else worst)]
    top = max(above.min() if len(above) else worst * 1.3, bounds.iloc[1:3].max() if len(bounds) > 1 else 0)
    upper = bands["relative_error_to"].fillna(top)
    shown = bands[bounds < top].assign(upper=upper.where(upper <= top, top))
    # The square root keeps the narrow bands of the best levels legible next to the wide ones of the worst.
    scale = alt.Scale(type="sqrt", domain=[0, top], nice=False)
    axis = alt.Axis(values=sorted({*shown["relative_error_from"], top}), format=".3~%", grid=False, labelOverlap=False)
    shown["middle"] = ((shown["relative_error_from"] ** 0.5 + shown["upper"] ** 0.5) / 2) ** 2

    def y(field: str) -> alt.Y:  # every layer sets the axis; one without would thin out its labels
        return alt.Y(field).scale(scale).axis(axis).title("MAE in % of the actual (root scale)")

    band = alt.Chart(shown).mark_rect().encode(y=y("relative_error_from:Q"), y2="upper:Q")
    band = band.encode(color=alt.Color("color:N", scale=None))
    level = alt.Chart(shown).mark_text(align="left", dx=6, color=INK)
    level = level.encode(x=alt.value(WIDTH), y=y("middle:Q"), text="quality_level:N")
    tooltip = _tooltip(alt.Tooltip("wape:Q", format=".2%", title="MAE in % of the actual (WAPE)"))
    base = alt.Chart(buckets).encode(x=x, y=y("wape:Q"))
    line = base.mark_line(color=DISTINCT_COLORS[0], strokeWidth=1.5)
    points = base.mark_point(filled=True, size=90, opacity=1, color=DISTINCT_COLORS[0]).encode(tooltip=tooltip)
    number = base.mark_text(dy=-11, color=INK).encode(text=alt.Text("wape:Q", format=".1%"))
    return layer(band, level, line, points, number, width=WIDTH, height=190)


def _counts(buckets: pd.DataFrame, x: alt.X) -> alt.LayerChart:
    chart = alt.Chart(buckets.assign(row="forecasts (n)")).mark_text(color=INK)
    y = alt.Y("row:N").axis(title=None, ticks=False, domain=False, grid=False)
    return layer(chart.encode(x=x, y=y, text=alt.Text("forecasts:Q", format=",")), width=WIDTH, height=24)


def _tooltip(*more: alt.Tooltip) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("bucket:N", title="lead time"),
        *more,
        alt.Tooltip("forecasts:Q", format=",", title="forecasts"),
    ]
