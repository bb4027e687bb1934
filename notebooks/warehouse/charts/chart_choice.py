"""Choose the chart for a frame by its columns."""

from collections.abc import Callable

import altair as alt
import pandas as pd

from warehouse.answers.info import answer_info
from warehouse.charts.accuracy_by_lead_time import accuracy
from warehouse.charts.accuracy_groups import sum_up_by_lead_time
from warehouse.charts.captions import caption, omission_note, require_columns
from warehouse.charts.day_calendars import completeness, restatements
from warehouse.charts.flagged_values import flags
from warehouse.charts.frame_shapes import to_long
from warehouse.charts.hierarchy_tree import hierarchy
from warehouse.charts.interval_evolution import evolution
from warehouse.charts.layers import Column, stack
from warehouse.charts.load_history import loads
from warehouse.charts.revision_tiles import MAX_INTERVALS, revisions
from warehouse.charts.rule_timeline import gate_history
from warehouse.charts.several_series import series_lines
from warehouse.charts.vintage_lines import fan, vintages
from warehouse.errors import ReadError

MAX_UNITS = 4  # charts below each other
NOT_DRAWN = "No chart fits the columns of this frame. Pass the rows of a read function, such as wh.latest; answers of"
NOT_DRAWN += " wh.grids, wh.regions, wh.stats and wh.cutoffs are tables."
Drawn = alt.LayerChart | alt.HConcatChart | alt.VConcatChart


def plot(frame: pd.DataFrame, zone: str | None = None) -> Drawn:
    """Draw the chart that fits a frame.

    A history of one interval is an evolution, of a range tiles or (for many intervals) a fan. Cut-offs are a fan, and
    so are the forecasts of one series with their actuals; those of several are errors by lead time. One series of
    values is a line, several are lines side by side. Sums by region, grid, metric or month are bars or errors. The
    other frames have one chart each. Errors and changes of several units are below each other.
    `wh.latest(...).plot()` does the same.

    Args:
        frame: An answer of a read function of `warehouse`, also after filtering, resampling or a pivot to a column per
            node. A Polars frame or an Arrow table is an answer, too.
        zone: IANA time zone of the axes. By default that of the grid.

    Returns:
        The chart of one of the other functions of this package.

    Raises:
        ReadError: For a frame that no chart fits, or no rows.

    Example:
        >>> import pandas as pd
        >>> from warehouse import charts
        >>> nodes = pd.DataFrame({"grid_name": "G", "region_name": "R", "node_name": ["N1", "N2"]})
        >>> charts.plot(nodes).to_dict()["title"]["text"]
        'Hierarchy: 1 grid, 1 region, 2 nodes'
    """
    frame = to_long(frame)
    if isinstance(frame, pd.DataFrame) and frame.empty:
        raise ReadError(f"There are no rows to draw. {answer_info(frame).reason or 'Choose another range or series.'}")
    require_columns([], "latest(...)", frame)
    columns = set(frame.columns)
    if "is_passed" in columns:
        return gate_history(frame, zone)
    if {"forecasts", "bias", "mae", "wape"} <= columns:
        return _by_unit(frame, lambda part: accuracy(part, zone=zone))
    if {"is_first_reading", "delivery_date"} <= columns or {"restatements", "withdrawals"} <= columns:
        return _by_unit(frame, lambda part: restatements(part, zone=zone))
    if {"expected", "present"} <= columns:
        return completeness(frame, zone)
    if {"forecast_value", "actual_value"} <= columns:
        return _of_forecasts(frame, zone)
    if "rule" in columns:
        return flags(frame, zone)
    if {"interval_start", "value"} <= columns:
        return _of_values(frame, columns, zone)
    if {"grid_name", "region_name", "node_name"} <= columns:
        return hierarchy(frame, zone)
    if {"load_id", "loaded_at", "status"} <= columns:
        return loads(frame, zone)
    raise ReadError(NOT_DRAWN)


def _by_unit(frame: pd.DataFrame, draw: Callable[[pd.DataFrame], Drawn]) -> Drawn:
    """Draw a chart for each unit, below each other."""
    of_rows = frame["unit"].astype(str) if "unit" in frame else pd.Series("", index=frame.index)
    units = of_rows.unique().tolist()
    if len(units) == 1:
        return draw(frame)
    charts = []
    for unit in units[:MAX_UNITS]:
        part = frame[of_rows == unit]
        part.attrs = frame.attrs
        charts.append(draw(part))
    title = caption(f"{len(units)} units: {', '.join(units)}", omission_note(units[MAX_UNITS:]))
    drawn: Column = stack(*charts, title=title, spacing=30)
    return drawn.resolve_scale(color="independent", shape="independent", strokeDash="independent")


def _of_values(frame: pd.DataFrame, columns: set[str], zone: str | None) -> Drawn:
    is_one_series = {"series_id", "node_name", "unit"} <= columns and frame["series_id"].nunique() == 1
    if not is_one_series:
        return series_lines(frame, zone)
    if "cutoff_name" in columns:
        return fan(frame, zone=zone)
    if {"known_to", "interval_end", "is_latest"} <= columns:
        intervals = frame["interval_start"].nunique()
        if intervals == 1:
            return evolution(frame, zone)
        return revisions(frame, zone=zone) if intervals <= MAX_INTERVALS else fan(frame, zone=zone)
    return vintages(frame, zone=zone)


def _of_forecasts(frame: pd.DataFrame, zone: str | None) -> Drawn:
    """Draw the forecasts of a series by their lead time, and the actuals on top; of several, their errors."""
    if frame["series_id"].nunique() > 1:
        return _by_unit(sum_up_by_lead_time(frame), lambda part: accuracy(part, zone=zone))
    actual = frame.drop_duplicates("interval_start").rename(columns={"actual_value": "value"})
    actual.attrs = frame.attrs
    forecasts = frame.rename(columns={"forecast_value": "value"})
    forecasts["known_to"] = pd.NaT
    forecasts.attrs = frame.attrs
    return fan(forecasts, actual, by="lead", zone=zone)
