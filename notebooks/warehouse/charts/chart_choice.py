"""Choose the chart for a frame by its columns."""

import altair as alt
import pandas as pd

from warehouse.charts.accuracy_by_lead_time import accuracy
from warehouse.charts.captions import require_columns
from warehouse.charts.day_calendars import completeness, restatements
from warehouse.charts.frame_shapes import to_long
from warehouse.charts.hierarchy_tree import hierarchy
from warehouse.charts.interval_evolution import evolution
from warehouse.charts.revision_tiles import MAX_INTERVALS, revisions
from warehouse.charts.rule_timeline import gate_history
from warehouse.charts.several_series import series_lines
from warehouse.charts.vintage_lines import fan, vintages
from warehouse.errors import ReadError

Drawn = alt.LayerChart | alt.HConcatChart | alt.VConcatChart


def plot(frame: pd.DataFrame, zone: str | None = None) -> Drawn:
    """Draw the chart that fits a frame.

    A history of one interval is an evolution, of a range tiles or (for many intervals) a fan. Cut-offs are a fan, and
    so are forecasts with their actuals. One series of values is a line, several are lines side by side. The other
    frames have one chart each. `wh.latest(...).plot()` does the same.

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
    require_columns([], "latest(...)", frame)
    columns = set(frame.columns)
    if "is_passed" in columns:
        return gate_history(frame, zone)
    if {"forecasts", "bias", "mae", "wape"} <= columns:
        return accuracy(frame, zone=zone)
    if {"is_first_reading", "delivery_date"} <= columns or {"restatements", "delivery_month"} <= columns:
        return restatements(frame, zone=zone)
    if {"local_date", "expected", "present"} <= columns:
        return completeness(frame, zone)
    if "missing" in columns or "restatements" in columns:
        raise ReadError("No chart fits sums by group. Draw the rows themselves, without by=.")
    if {"forecast_value", "actual_value"} <= columns:
        return _of_forecasts(frame, zone)
    if "rule" in columns:
        raise ReadError("No chart fits flags. Draw the values, such as wh.latest(..., flagged=True).plot().")
    if {"interval_start", "value"} <= columns:
        return _of_values(frame, columns, zone)
    if {"grid_name", "region_name", "node_name"} <= columns:
        return hierarchy(frame, zone)
    raise ReadError("No chart fits the columns of this frame. Pass the frame of a read function, such as wh.latest.")


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


def _of_forecasts(frame: pd.DataFrame, zone: str | None) -> alt.LayerChart:
    """Draw forecasts by their lead time, and the actuals on top."""
    actual = frame.drop_duplicates("interval_start").rename(columns={"actual_value": "value"})
    actual.attrs = frame.attrs
    forecasts = frame.rename(columns={"forecast_value": "value"})
    forecasts["known_to"] = pd.NaT
    forecasts.attrs = frame.attrs
    return fan(forecasts, actual, by="lead", zone=zone)
