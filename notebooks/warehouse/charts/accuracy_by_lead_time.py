"""Forecast errors by lead time, hour, level or series: in the unit, and against the bands of the code list."""

from dataclasses import dataclass

import altair as alt
import pandas as pd

from loaders.settings import PROJECT_ROOT
from warehouse.charts.accuracy_groups import (
    MAX_GROUPS,
    Grouping,
    find_grouping,
    group_errors,
    select_lines,
)
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
from warehouse.charts.colors import BANDS, DASHES, DISTINCT_COLORS, INK
from warehouse.charts.layers import layer, stack
from warehouse.charts.rendering import drawn_offline
from warehouse.errors import ReadError

NEEDED = ["metric", "unit", "forecasts", "bias", "mae", "wape", "mean_absolute_actual"]
QUALITY_LEVELS = PROJECT_ROOT / "dbt_project" / "seeds" / "quality_levels.csv"
MEASURES = {"mean absolute error (MAE)": "mae", "mean error (bias)": "bias"}
COUNT_HEIGHT = 20  # pixels of a row of counts
MAX_NUMBERS = 12  # next to each other, in full


@dataclass(frozen=True)
class _Panels:
    """The rows of all panels and what they share; lines: the names of the series that are compared, if any."""

    errors: pd.DataFrame
    grouping: Grouping
    lines: list[str]
    unit: str

    @property
    def order(self) -> list[str]:
        """The labels of the groups from left to right."""
        return list(dict.fromkeys(self.errors["bucket"]))

    def x(self, has_labels: bool = False) -> alt.X:
        """Return the axis of the groups, which only the lowest panel labels."""
        x = alt.X("bucket:N", sort=self.order, scale=alt.Scale(domain=self.order, paddingInner=0, paddingOuter=0))
        if not has_labels:
            return x.axis(labels=False, ticks=False, title=None, grid=False)
        angle = -35 if self.grouping.is_ranked and len(self.order) > 1 else 0
        return x.axis(labelAngle=angle, labelLimit=180, title=self.grouping.axis, grid=False)

    def line_color(self) -> alt.Color:
        """Return one colour per compared series."""
        legend = alt.Legend(title=None, orient="top", labelLimit=0, symbolType="stroke", symbolSize=300, columns=2)
        color = alt.Color("line:N", sort=self.lines)
        return color.scale(domain=self.lines, range=DISTINCT_COLORS[: len(self.lines)]).legend(legend)


@drawn_offline
def accuracy(
    frame: pd.DataFrame, bands: pd.DataFrame | None = None, zone: str | None = None, combined: bool | None = None
) -> alt.VConcatChart:
    """Draw forecast errors by lead time: above in the unit, below relative to the actual with bands of quality.

    Several series of one unit are compared, up to five, or combined, weighted by their numbers of forecasts.

    Args:
        frame: The rows of `wh.accuracy(...)` of one unit, by any of its groups.
        bands: Columns quality_level and relative_error_from (a fraction). By default the code list quality_levels.
        zone: IANA time zone of the as-of time in the subtitle. By default that of the grid.
        combined: True for one line of all series, False for one line each. By default up to five are compared.

    Returns:
        Three panels on top of each other: errors in the unit, relative errors on a square-root scale, and counts.

    Raises:
        ReadError: For several units, more than five bands, too many series to compare, or no rows.

    Example:
        >>> import pandas as pd
        >>> from warehouse import charts
        >>> names = {"grid_name": "G", "region_name": "R", "node_name": "N", "metric": "power", "unit": "kW"}
        >>> errors = {"forecasts": [20], "bias": [2.0], "mae": [3.0], "wape": [0.04], "mean_absolute_actual": [75.0]}
        >>> lead = {"lead_time_from_hours": [0.0], "lead_time_to_hours": [24.0]}
        >>> charts.accuracy(pd.DataFrame({"series_id": 1, **names, **lead, **errors})).to_dict()["title"]["text"]
        'Error by lead time, G / R / N: power in kW'
    """
    require_columns(NEEDED, 'accuracy(..., by="lead_time")', frame)
    unit, zone = require_one_unit(frame), resolve_time_zone(frame, zone)
    grouping = find_grouping(frame)
    is_combined, count = (False, 1) if grouping.is_ranked else select_lines(frame, combined, len(DISTINCT_COLORS))
    errors = group_errors(frame, grouping, is_combined)
    groups = errors["bucket"].drop_duplicates().tolist()
    errors = errors[errors["bucket"].isin(groups[:MAX_GROUPS])]
    lines = [] if grouping.is_ranked or is_combined or count == 1 else sorted(errors["line"].unique())
    panels = _Panels(errors, grouping, lines, unit)
    chart = stack(_in_unit(panels), _relative(panels, _bands(bands)), _counts(panels), title=alt.Title(""), spacing=8)
    name = _subject(frame, unit, count, bool(lines))
    unrated = errors[errors["wape"].isna()]
    without_share = [" ".join(filter(None, names)) for names in unrated[["line", "bucket"]].to_numpy()]
    notes = [
        "bias above zero: forecasts were too high",
        "below: MAE as a share of the actual, on a square-root scale, with bands of quality",
        omission_note([f"{label} in the lower panel (actuals of zero)" for label in without_share]),
        omission_note(groups[MAX_GROUPS:]),
    ]
    chart.title = caption(f"Error by {grouping.name}, {name}", *notes, as_of_caption(frame, zone))
    return chart.resolve_scale(color="independent", shape="independent", strokeDash="independent")


def _subject(frame: pd.DataFrame, unit: str, count: int, is_compared: bool) -> str:
    if "series_id" in frame and frame["series_id"].nunique() == 1:
        return describe_series(frame)[0]
    how = f", {count:,} series {'compared' if is_compared else 'combined'}" if count > 1 else ""
    return f"{describe_several(frame)} in {unit}{how}"


def _bands(bands: pd.DataFrame | None) -> pd.DataFrame:
    """Return each quality level with its range of relative errors, the best first."""
    levels = pd.read_csv(QUALITY_LEVELS) if bands is None else bands
    require_columns(["quality_level", "relative_error_from"], "... the code list quality_levels", levels)
    if len(levels) > len(BANDS):
        raise ReadError(f"At most {len(BANDS)} quality levels have colours; these are {len(levels)}.")
    levels = levels.sort_values("relative_error_from", ignore_index=True)
    return levels.assign(relative_error_to=levels["relative_error_from"].shift(-1), color=BANDS[: len(levels)])


def _in_unit(panels: _Panels) -> alt.LayerChart:
    long = panels.errors.melt(["line", "bucket", "forecasts"], list(MEASURES.values()), "measure", "error")
    long["measure"] = long["measure"].map({column: label for label, column in MEASURES.items()})
    names, unit = list(MEASURES), panels.unit
    legend = alt.Legend(title=None, orient="top", labelLimit=0, symbolSize=90, columns=2)
    shape = alt.Shape("measure:N", sort=names).scale(domain=names, range=["circle", "diamond"]).legend(legend)
    y = alt.Y("error:Q").axis(format=NUMBER, tickCount=6).title(f"error in {unit}").scale(padding=14)
    tooltip = _tooltip(
        panels, alt.Tooltip("error:Q", format=SHORT_NUMBER, title=f"error in {unit}"), alt.Tooltip("measure:N")
    )
    base = alt.Chart(long).encode(x=panels.x(), y=y)
    if panels.lines:
        dash = alt.StrokeDash("measure:N", sort=names).scale(domain=names, range=DASHES[:2]).legend(legend)
        line = base.mark_line(strokeWidth=1.5).encode(color=panels.line_color(), strokeDash=dash)
        points = base.mark_point(filled=True, size=70, opacity=1).encode(color=panels.line_color())
    else:
        color = alt.Color("measure:N", sort=names).scale(domain=names, range=DISTINCT_COLORS[:2]).legend(legend)
        line = base.mark_line(strokeWidth=1.5).encode(color=color)
        points = base.mark_point(filled=True, size=90, opacity=1).encode(color=color)
    zero = alt.Chart(pd.DataFrame({"error": [0]})).mark_rule(color=INK).encode(y="error:Q")
    marks = [points.encode(shape=shape, tooltip=tooltip)]
    if not panels.grouping.is_ranked:  # series are in no order that a line could follow
        marks.insert(0, line)
    return layer(zero, *marks, width=WIDTH, height=190)


def _relative(panels: _Panels, bands: pd.DataFrame) -> alt.LayerChart:
    worst = panels.errors["wape"].max()
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
    tooltip = _tooltip(panels, alt.Tooltip("wape:Q", format=".2%", title="MAE in % of the actual (WAPE)"))
    base = alt.Chart(panels.errors).encode(x=panels.x(), y=y("wape:Q"))
    if panels.lines:  # the panel above has the legend
        base = base.encode(color=panels.line_color().legend(None))
    else:
        base = base.encode(color=alt.value(DISTINCT_COLORS[0]))
    marks = [base.mark_point(filled=True, size=90, opacity=1).encode(tooltip=tooltip)]
    if not panels.grouping.is_ranked:
        marks.insert(0, base.mark_line(strokeWidth=1.5))
    if not panels.lines and len(panels.order) <= MAX_NUMBERS:
        number = base.mark_text(dy=-11).encode(text=alt.Text("wape:Q", format=".1%"), color=alt.value(INK))
        marks.append(number)
    return layer(band, level, *marks, width=WIDTH, height=190)


def _counts(panels: _Panels) -> alt.LayerChart:
    label = "forecasts (n)"
    rows = panels.errors.assign(row=("n, " + panels.errors["line"]) if panels.lines else label)
    names = [f"n, {line}" for line in panels.lines] or [label]
    chart = alt.Chart(rows).mark_text(color=INK)
    y = alt.Y("row:N", sort=names).axis(title=None, ticks=False, domain=False, grid=False, labelLimit=0)
    text = alt.Text("forecasts:Q", format="," if len(panels.order) <= MAX_NUMBERS else ".3~s")
    encoded = chart.encode(x=panels.x(has_labels=True), y=y, text=text, tooltip=_tooltip(panels))
    return layer(encoded, width=WIDTH, height=max(24, COUNT_HEIGHT * len(names)))


def _tooltip(panels: _Panels, *more: alt.Tooltip) -> list[alt.Tooltip]:
    series = [alt.Tooltip("line:N", title="series")] if panels.lines else []
    return [
        *series,
        alt.Tooltip("bucket:N", title=panels.grouping.name),
        *more,
        alt.Tooltip("forecasts:Q", format=",", title="forecasts"),
    ]
