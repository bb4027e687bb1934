"""Score forecasts and find restatements from the revisions known at some time.

The definitions are those of the marts, which have the same for now. Frames have the columns of `revisions_as_of`
and interval_end; one row per revision, sorted by series_id, interval_start, collected_at. Values are in
the unit of the series.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

SMALLEST_DIVISOR = 1e-6
CHAIN = ["series_id", "interval_start"]
HOUR_SECONDS = 3600
ACCURACY = [
    *("series_id", "load_id", "actual_series_id", "quality_level", "forecast_value", "actual_value", "error"),
    *("absolute_error", "relative_error", "lead_time_hours", "interval_start", "collected_at", "actual_collected_at"),
]
RESTATEMENTS = [
    *("series_id", "load_id", "previous_value", "value", "change", "absolute_change", "relative_change"),
    *("lateness_hours", "restatement_rank", "is_first_reading", "delivery_date", "interval_start", "interval_end"),
    "collected_at",
]


def score_forecasts(
    revisions: pd.DataFrame, actuals: pd.DataFrame, actual_series: pd.DataFrame, levels: pd.DataFrame
) -> pd.DataFrame:
    """Return each forecast with its known actual: the columns of marts.fct_forecast_accuracy without names.

    actuals: series_id, interval_start, value, collected_at, the newest of each interval of the series that others are
    compared with. actual_series: series_id, actual_series_id, is_own, preference, actual_seconds,
    sums_over_time.
    levels: quality_level, relative_error_from, ascending.
    """
    actual = pd.concat([_own_actuals(revisions, actual_series), _other_actuals(revisions, actuals, actual_series)])
    rows = revisions.rename(columns={"value": "forecast_value"}).merge(actual, on=CHAIN)
    rows = rows[rows["forecast_until"].isna() | (rows["collected_at"] < rows["forecast_until"])]
    error = rows["forecast_value"] - rows["actual_value"]
    relative = error.abs() / _size(rows["actual_value"])
    reached = np.searchsorted(levels["relative_error_from"], relative.fillna(-1), side="right") - 1
    level = pd.Categorical.from_codes(reached, levels["quality_level"].tolist(), ordered=True)  # type: ignore[call-overload]
    rows = rows.assign(error=error, absolute_error=error.abs(), relative_error=relative, quality_level=level)
    return rows.sort_values([*CHAIN, "collected_at"], ignore_index=True)[ACCURACY]


def group_codes(rows: pd.DataFrame, by: str, bounds: Iterable[float], zones: dict[int, str]) -> pd.Series:
    """Return the number of the group of each row of `score_forecasts`; see `label_groups`. zones: of each series."""
    if by == "lead_time":
        codes: Any = np.searchsorted(list(bounds), rows["lead_time_hours"], side="right")
    elif by == "quality_level":
        codes = rows["quality_level"].cat.codes + 1
    elif by == "hour":
        codes = _local(rows, zones).dt.hour
    else:
        codes = 0
    return pd.Series(codes, index=rows.index, dtype="int32")


def summarize_errors(rows: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    """Return one row per series and group: how many forecasts have an error, and how large it is."""
    rated = rows.assign(group=group, squared=rows["error"] ** 2, size=rows["actual_value"].abs()).dropna(subset="error")
    sums = rated.groupby(["series_id", "actual_series_id", "group"], as_index=False).agg(
        forecasts=("error", "size"),
        bias=("error", "mean"),
        mae=("absolute_error", "mean"),
        rmse=("squared", "mean"),
        mape=("relative_error", "mean"),
        wape=("absolute_error", "sum"),
        size=("size", "sum"),
    )
    wape = sums["wape"] / sums["size"].where(sums["size"] >= SMALLEST_DIVISOR)
    return sums.assign(rmse=np.sqrt(sums["rmse"]), wape=wape).drop(columns="size")


def label_groups(sums: pd.DataFrame, by: str, bounds: list[float], levels: list[str]) -> pd.DataFrame:
    """Replace the column `group` by what it means.

    lead_time: how many bounds (hours) are reached. quality_level: the number of the level, from 1; 0 for none.
    hour: of the local day. series: all in one.
    """
    group = sums["group"].fillna(0).astype(int)
    if by == "lead_time":
        edges = np.array([np.nan, *bounds, np.nan])
        labels: dict[str, Any] = {"lead_time_from_hours": edges[group], "lead_time_to_hours": edges[group + 1]}
    elif by == "quality_level":
        codes: Any = (group - 1).to_numpy()
        labels = {"quality_level": pd.Categorical.from_codes(codes, levels, ordered=True)}  # type: ignore[call-overload]
    else:
        labels = {"hour": group.astype("int32")} if by == "hour" else {}
    front = sums[["series_id", "actual_series_id"]].assign(**labels)
    return front.join(sums.drop(columns=["series_id", "actual_series_id", "group"]))


def find_restatements(revisions: pd.DataFrame, zones: dict[int, str]) -> pd.DataFrame:
    """Return each change after delivery: the columns of marts.fct_restatements without names. zones: of each series."""
    after = revisions["collected_at"] >= revisions["interval_end"]
    is_forecast_known = (~after).groupby([revisions[key] for key in CHAIN]).transform("any")
    rows = revisions.assign(is_forecast_known=is_forecast_known)[after]
    is_first = rows.groupby(CHAIN).cumcount() == 0
    value, before = rows["value"], rows["previous_value"]
    is_same = (value == before) | (value.isna() & before.isna())
    # A null before the first reading: a withdrawn value, or no value yet, which is not a change.
    counts = ~is_same & (~is_first | before.notna() | rows["is_forecast_known"])
    rows = rows.assign(is_first_reading=is_first)[counts]
    change = rows["value"] - rows["previous_value"]
    rows = rows.assign(
        change=change,
        absolute_change=change.abs(),
        relative_change=change.abs() / _size(rows["previous_value"]),
        lateness_hours=(rows["collected_at"] - rows["interval_end"]).dt.total_seconds() / HOUR_SECONDS,
        restatement_rank=rows.groupby(CHAIN).cumcount() + 1,
        delivery_date=_local(rows, zones).dt.normalize(),
    )
    return rows.reset_index(drop=True)[RESTATEMENTS]


def sum_by_month(rows: pd.DataFrame) -> pd.DataFrame:
    """Sum up `find_restatements` per series and local month: the columns of marts.agg_restatements without names."""
    changes = rows[~rows["is_first_reading"]]
    month = changes["delivery_date"].dt.to_period("M").dt.to_timestamp()
    changes = changes.assign(delivery_month=month, is_withdrawn=changes["value"].isna())
    sums = changes.groupby(["series_id", "delivery_month"], as_index=False).agg(
        restatements=("collected_at", "size"),
        intervals=("interval_start", "nunique"),
        withdrawals=("is_withdrawn", "sum"),
        mean_change=("change", "mean"),
        mean_absolute_change=("absolute_change", "mean"),
        largest_absolute_change=("absolute_change", "max"),
        mean_relative_change=("relative_change", "mean"),
        largest_relative_change=("relative_change", "max"),
        mean_lateness_hours=("lateness_hours", "mean"),
        longest_lateness_hours=("lateness_hours", "max"),
    )
    return sums[["series_id", *sums.columns[2:], "delivery_month"]]


def to_table(frame: pd.DataFrame) -> pa.Table:
    """Return a frame as an Arrow table without pandas' own metadata; delivery_date and delivery_month are days."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    for name in ("delivery_date", "delivery_month"):
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, table[name].cast(pa.date32()))
    return table


def _own_actuals(revisions: pd.DataFrame, actual_series: pd.DataFrame) -> pd.DataFrame:
    """Return the actuals of series that are compared with themselves: the last value, if it came after delivery."""
    own = actual_series.loc[actual_series["is_own"], ["series_id", "actual_series_id"]]
    newest = revisions[revisions["known_to"].isna() & (revisions["collected_at"] >= revisions["interval_end"])]
    newest = newest.merge(own, on="series_id")
    names = {"value": "actual_value", "interval_end": "forecast_until", "collected_at": "actual_collected_at"}
    return newest.rename(columns=names)[[*CHAIN, "actual_series_id", *names.values()]]


def _other_actuals(revisions: pd.DataFrame, actuals: pd.DataFrame, actual_series: pd.DataFrame) -> pd.DataFrame:
    """Return the actuals from another series: all its intervals within the interval of the forecast."""
    others = actual_series[~actual_series["is_own"]].rename(columns={"series_id": "forecast_id"})
    intervals = actuals.merge(others, left_on="series_id", right_on="actual_series_id").drop(columns="series_id")
    intervals = intervals.rename(columns={"forecast_id": "series_id", "interval_start": "part_start"}).sort_values(
        "part_start"
    )
    forecasts = revisions.drop_duplicates(CHAIN)[[*CHAIN, "interval_end"]].sort_values("interval_start")
    parts = pd.merge_asof(intervals, forecasts, left_on="part_start", right_on="interval_start", by="series_id")
    parts = parts[parts["part_start"] < parts["interval_end"]]
    sums = parts.groupby([*CHAIN, "actual_series_id"], as_index=False).agg(
        preference=("preference", "first"),
        interval_end=("interval_end", "first"),
        actual_seconds=("actual_seconds", "first"),
        sums_over_time=("sums_over_time", "first"),
        count=("value", "size"),
        reporting=("value", "count"),
        total=("value", "sum"),
        average=("value", "mean"),
        actual_collected_at=("collected_at", "max"),
    )
    seconds = (sums["interval_end"] - sums["interval_start"]).dt.total_seconds()
    sums = sums[sums["count"] * sums["actual_seconds"] == seconds]
    # Of several resolutions the first that covers the interval completely.
    sums = sums.assign(is_partial=sums["reporting"] < sums["count"]).sort_values([*CHAIN, "is_partial", "preference"])
    sums = sums.drop_duplicates(CHAIN)
    value = sums["total"].where(sums["sums_over_time"].astype(bool), sums["average"])
    sums = sums.assign(
        actual_value=value.where(sums["reporting"] == sums["count"]),
        forecast_until=pd.Series(pd.NaT, index=sums.index, dtype=revisions["interval_end"].dtype),
    )
    return sums[[*CHAIN, "actual_series_id", "actual_value", "forecast_until", "actual_collected_at"]]


def _size(values: pd.Series) -> pd.Series:
    return values.abs().where(values.abs() >= SMALLEST_DIVISOR)


def _local(rows: pd.DataFrame, zones: dict[int, str]) -> pd.Series:
    """Return interval_start in the local time of each series, without a zone."""
    local = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[us]")
    zone_of_row = rows["series_id"].map(zones)
    for zone in zone_of_row.unique():
        of_zone = zone_of_row == zone
        local[of_zone] = rows.loc[of_zone, "interval_start"].dt.tz_convert(zone).dt.tz_localize(None)
    return local
