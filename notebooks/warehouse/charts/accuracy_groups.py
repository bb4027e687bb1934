"""What errors are grouped by, and the errors of several series combined."""

from dataclasses import dataclass

import pandas as pd

from loaders.settings import PROJECT_ROOT
from warehouse.charts.captions import PARENTS
from warehouse.charts.series_names import name_series
from warehouse.errors import ReadError

AFTER_START = "after the start"
LEAD_COLUMNS = ["lead_time_from_hours", "lead_time_to_hours"]
LEAD_TIME_BUCKETS = PROJECT_ROOT / "dbt_project" / "seeds" / "lead_time_buckets.csv"
SMALLEST_ACTUALS = 1e-6  # a sum of actuals below this is zero, as in the marts
MAX_GROUPS = 24  # that fit next to each other


@dataclass(frozen=True)
class Grouping:
    """What the rows of `wh.accuracy` are grouped by: the columns, its name in the title, and the title of the axis.

    is_ranked: the groups are series or places, which are in no order that a line could follow.
    """

    columns: list[str]
    name: str
    axis: str
    is_ranked: bool = False


BY_LEAD_TIME = Grouping(LEAD_COLUMNS, "lead time", "lead time: hours from collection to the start of the interval")
BY_HOUR = Grouping(["hour"], "hour of the day", "hour of the local day in which the interval starts")
BY_LEVEL = Grouping(["quality_level"], "quality level", "quality level of the forecast")
BY_MONTH = Grouping(["delivery_month"], "month", "local month of delivery")


def _ranked(name: str) -> Grouping:
    return Grouping(["line"], name, f"{name}, the largest error first", is_ranked=True)


def find_grouping(frame: pd.DataFrame) -> Grouping:
    """Return what a frame of `wh.accuracy` is grouped by."""
    present = [
        grouping for grouping in (BY_LEAD_TIME, BY_HOUR, BY_LEVEL, BY_MONTH) if set(grouping.columns) <= set(frame)
    ]
    if present:
        return present[0]
    places = [column.removesuffix("_name") for column in PARENTS if column in frame]
    return _ranked("series" if "series_id" in frame else (places or ["metric"])[-1])


def lead_time_label(first: float, last: float) -> str:
    """Return the label of a lead-time bucket in hours, such as `24 to 36 h`."""
    if pd.isna(first):
        return AFTER_START
    return f"{first:g} h +" if pd.isna(last) else f"{first:g} to {last:g} h"


def sum_up_by_lead_time(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return the errors of single forecasts as `wh.accuracy(by="lead_time")` does: one row per series and bucket.

    forecasts: rows of `wh.accuracy(by=None)`.
    """
    rows = forecasts.dropna(subset=["error"])
    bounds = pd.read_csv(LEAD_TIME_BUCKETS)["hours_from"].astype(float).sort_values().tolist()
    position = pd.Series(bounds).searchsorted(rows["lead_time_hours"], side="right")
    edges = pd.Series([None, *bounds, None], dtype=float)
    sizes = rows["absolute_error"]
    parts = rows.assign(forecasts=1, size=sizes, rated=sizes, actual=rows["actual_value"].abs())
    parts[LEAD_COLUMNS[0]] = edges.take(position).to_numpy()
    parts[LEAD_COLUMNS[1]] = edges.take(position + 1).to_numpy()
    names = [*PARENTS, "metric", "source", "resolution", "unit", "series_id"]
    sums = _average(parts, [*(name for name in names if name in rows), *LEAD_COLUMNS])
    sums.attrs = forecasts.attrs
    return sums


def combine_errors(sums: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return one row per group: forecasts, bias and mae (in the unit), wape (a fraction), as if of one series.

    sums: rows of `warehouse.accuracy(by=...)`, of one unit. Rows without wape (actuals of about zero) are left out of
    wape only.
    """
    size = sums["mae"] * sums["forecasts"]
    parts = sums.assign(
        error=sums["bias"] * sums["forecasts"],
        size=size,
        rated=size.where(sums["wape"].notna()),
        actual=sums["mean_absolute_actual"] * sums["forecasts"],
    )
    return _average(parts, keys)


def _average(parts: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return one row per group: forecasts, bias, mae, wape and mean_absolute_actual.

    parts: the number of `forecasts`, and their sums: `error`, `size` (absolute errors), and for wape `rated` (absolute
    errors) and `actual` (sizes of the actuals).
    """
    groups = parts.groupby(keys, observed=True, dropna=False)
    sums = groups[["forecasts", "error", "size", "rated", "actual"]].sum().reset_index()
    averages = sums[[*keys, "forecasts"]].assign(bias=sums["error"] / sums["forecasts"])
    averages["mae"] = sums["size"] / sums["forecasts"]
    averages["wape"] = sums["rated"] / sums["actual"].where(sums["actual"] >= SMALLEST_ACTUALS)
    averages["mean_absolute_actual"] = sums["actual"] / sums["forecasts"]
    return averages


def group_errors(frame: pd.DataFrame, grouping: Grouping, combined: bool) -> pd.DataFrame:
    """Return one row per line and group with `line`, `bucket` (the label of the group), forecasts and errors, in order.

    combined: one line of all series; otherwise one per series.
    """
    rows = frame.assign(line=name_series(frame) if grouping.is_ranked or not combined else "")
    errors = combine_errors(rows, list(dict.fromkeys(["line", *grouping.columns])))
    if grouping is BY_LEAD_TIME:
        errors = errors.sort_values(LEAD_COLUMNS[0], ascending=False, na_position="last", kind="stable")
        labels = [lead_time_label(*pair) for pair in errors[LEAD_COLUMNS].itertuples(index=False)]
    elif grouping.is_ranked:
        errors = errors.sort_values("mae", ascending=False)
        labels, errors["line"] = errors["line"].tolist(), ""
    else:
        errors = errors.sort_values(grouping.columns[0], kind="stable")
        none = "none" if grouping is BY_LEVEL else ""
        labels = [none if pd.isna(value) else _label(value) for value in errors[grouping.columns[0]]]
    return errors.assign(bucket=labels)[["line", "bucket", "forecasts", "bias", "mae", "wape"]].reset_index(drop=True)


def _label(value: object) -> str:
    return f"{value:%Y-%m}" if isinstance(value, pd.Timestamp) else str(value)


def select_lines(frame: pd.DataFrame, combined: bool | None, most: int) -> tuple[bool, int]:
    """Return whether all series are combined into one line, and how many series there are.

    combined: what was requested; None is one line per series, as long as there are at most `most`.
    """
    count = name_series(frame).nunique()
    if combined is False and count > most:
        raise ReadError(f"{count} series are too many to compare in one chart. Choose up to {most}, or combined=True.")
    return (count > most or count == 1) if combined is None else combined, count
