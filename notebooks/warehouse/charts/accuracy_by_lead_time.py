"""How far off forecasts were, by lead time: in the unit, and against the bands of the code list quality_levels."""

import altair as alt
import numpy as np
import pandas as pd

from loaders.settings import PROJECT_ROOT
from warehouse.charts.captions import (
    NUMBER,
    SHORT,
    WIDTH,
    caption,
    fits,
    known,
    one_series,
    one_unit,
    several_series,
    zone_of,
)
from warehouse.charts.colors import APART, BANDS, INK
from warehouse.session import ReadError

NEEDED = ["series_id", "grid_name", "region_name", "node_name", "metric", "unit", "lead_time_from_hours"]
NEEDED += ["lead_time_to_hours", "forecasts", "bias", "mae", "wape"]
QUALITY_LEVELS = PROJECT_ROOT / "dbt_project" / "seeds" / "quality_levels.csv"
WHEN_BEGUN = "after it began"
MEASURES = {"mean absolute error (MAE)": "mae", "mean error (bias)": "bias"}


def accuracy(frame: pd.DataFrame, bands: pd.DataFrame | None = None, zone: str | None = None) -> alt.VConcatChart:
    """Error by lead time, as `accuracy` gave it: above in the unit, below as a share of the actual with quality bands.

    Several series of one unit are weighed together by their numbers of forecasts.
    bands: quality_level and relative_error_from (a fraction), by default the code list quality_levels.
    """
    fits(NEEDED, 'accuracy(..., by="lead_time")', frame)
    unit, zone = one_unit(frame), zone_of(frame, zone)
    count = frame["series_id"].nunique()
    name = one_series(frame)[0] if count == 1 else f"{several_series(frame)} in {unit}, {count} series together"
    buckets = _buckets(frame)
    order = buckets["bucket"].tolist()
    x = alt.X("bucket:N", sort=order, scale=alt.Scale(domain=order, paddingInner=0, paddingOuter=0))
    bare = x.axis(labels=False, ticks=False, title=None, grid=False)
    full = x.axis(labelAngle=0, title="lead time: from collection to the start of the interval", grid=False)
    panels = [_in_unit(buckets, bare, unit), _relative(buckets, bare, _bands(bands)), _counts(buckets, full)]
    notes = ["bias above zero: too much was forecast", "below: MAE as a share of the actual, in bands of quality"]
    return alt.vconcat(
        *panels, title=caption(f"Error by lead time, {name}", *notes, known(frame, zone)), spacing=8
    ).resolve_scale(color="independent", shape="independent")


def _buckets(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per lead-time bucket, the longest first; errors weighed by the forecasts behind them."""
    weighed = frame.assign(
        error=frame["bias"] * frame["forecasts"],
        size=frame["mae"] * frame["forecasts"],
        # The sizes of the actuals, of those that a relative error can be told of.
        told=(frame["mae"] * frame["forecasts"]).where(frame["wape"].notna()),
        actual=frame["mae"] * frame["forecasts"] / frame["wape"].where(frame["wape"] > 0),
    )
    keys = ["lead_time_from_hours", "lead_time_to_hours"]
    sums = weighed.groupby(keys, dropna=False)[["forecasts", "error", "size", "told", "actual"]].sum().reset_index()
    sums = sums.sort_values("lead_time_from_hours", ascending=False, na_position="last", ignore_index=True)
    spans = zip(sums["lead_time_from_hours"], sums["lead_time_to_hours"], strict=True)
    return pd.DataFrame(
        {
            "bucket": [_words(first, last) for first, last in spans],
            "forecasts": sums["forecasts"],
            "bias": sums["error"] / sums["forecasts"],
            "mae": sums["size"] / sums["forecasts"],
            "wape": np.where(sums["actual"] > 0, sums["told"] / sums["actual"].where(sums["actual"] > 0), np.nan),
        }
    )


def _words(first: float, last: float) -> str:
    if pd.isna(first):
        return WHEN_BEGUN
    return f"{first:g} h +" if pd.isna(last) else f"{first:g} to {last:g} h"


def _bands(bands: pd.DataFrame | None) -> pd.DataFrame:
    """Each quality level with the relative errors that it spans, the best first."""
    levels = pd.read_csv(QUALITY_LEVELS) if bands is None else bands
    fits(["quality_level", "relative_error_from"], "… the code list quality_levels", levels)
    if len(levels) > len(BANDS):
        raise ReadError(f"At most {len(BANDS)} quality levels can be told apart by colour, these are {len(levels)}.")
    levels = levels.sort_values("relative_error_from", ignore_index=True)
    return levels.assign(relative_error_to=levels["relative_error_from"].shift(-1), color=BANDS[: len(levels)])


def _in_unit(buckets: pd.DataFrame, x: alt.X, unit: str) -> alt.LayerChart:
    long = buckets.melt(["bucket", "forecasts"], list(MEASURES.values()), "measure", "error")
    long["measure"] = long["measure"].map({column: words for words, column in MEASURES.items()})
    names = list(MEASURES)
    legend = alt.Legend(title=None, orient="top", labelLimit=0, symbolSize=90)
    color = alt.Color("measure:N", sort=names).scale(domain=names, range=APART[:2]).legend(legend)
    shape = alt.Shape("measure:N", sort=names).scale(domain=names, range=["circle", "diamond"]).legend(legend)
    y = alt.Y("error:Q").axis(format=NUMBER, tickCount=6).title(f"error in {unit}").scale(padding=14)
    told = _told(alt.Tooltip("error:Q", format=SHORT, title=f"error in {unit}"), alt.Tooltip("measure:N"))
    base = alt.Chart(long).encode(x=x, y=y, color=color)
    zero = alt.Chart(pd.DataFrame({"error": [0]})).mark_rule(color=INK).encode(y="error:Q")
    points = base.mark_point(filled=True, size=90, opacity=1).encode(shape=shape, tooltip=told)
    return alt.layer(zero, base.mark_line(strokeWidth=1.5), points).properties(width=WIDTH, height=190)


def _relative(buckets: pd.DataFrame, x: alt.X, bands: pd.DataFrame) -> alt.LayerChart:
    worst = buckets["wape"].max()
    bounds = bands["relative_error_from"]
    above = bounds[bounds > (0 if pd.isna(worst) else worst)]
    top = max(above.min() if len(above) else worst * 1.3, bounds.iloc[1:3].max() if len(bounds) > 1 else 0)
    shown = bands[bounds < top].assign(upper=bands["relative_error_to"].fillna(top).clip(upper=top))
    # The root keeps the narrow bands of the best levels legible beside the wide ones of the worst.
    scale = alt.Scale(type="sqrt", domain=[0, top], nice=False)
    ticks = sorted({*shown["relative_error_from"], top})
    axis = alt.Axis(values=ticks, format=".3~%", grid=False, labelOverlap=False)
    shown["middle"] = ((shown["relative_error_from"] ** 0.5 + shown["upper"] ** 0.5) / 2) ** 2

    def y(field: str) -> alt.Y:  # all layers name the axis, or one without would thin out its labels
        return alt.Y(field).scale(scale).axis(axis).title("MAE of the actual")

    band = alt.Chart(shown).mark_rect().encode(y=y("relative_error_from:Q"), y2="upper:Q")
    band = band.encode(color=alt.Color("color:N", scale=None))
    level = alt.Chart(shown).mark_text(align="left", dx=6, color=INK)
    level = level.encode(x=alt.value(WIDTH), y=y("middle:Q"), text="quality_level:N")
    told = _told(alt.Tooltip("wape:Q", format=".2%", title="MAE of the actual (WAPE)"))
    base = alt.Chart(buckets).encode(x=x, y=y("wape:Q"))
    line = base.mark_line(color=APART[0], strokeWidth=1.5)
    points = base.mark_point(filled=True, size=90, opacity=1, color=APART[0]).encode(tooltip=told)
    number = base.mark_text(dy=-11, color=INK).encode(text=alt.Text("wape:Q", format=".1%"))
    return alt.layer(band, level, line, points, number).properties(width=WIDTH, height=190)


def _counts(buckets: pd.DataFrame, x: alt.X) -> alt.Chart:
    chart = alt.Chart(buckets.assign(row="forecasts (n)")).mark_text(color=INK)
    y = alt.Y("row:N").axis(title=None, ticks=False, domain=False, grid=False)
    return chart.encode(x=x, y=y, text=alt.Text("forecasts:Q", format=",")).properties(width=WIDTH, height=24)


def _told(*more: alt.Tooltip) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("bucket:N", title="lead time"),
        *more,
        alt.Tooltip("forecasts:Q", format=",", title="forecasts"),
    ]
