"""Sums by region, grid, metric and local month, made with pandas of the rows that they stand for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import warehouse as wh

GROUPS = {
    "region": ["grid_name", "region_name", "metric", "source", "unit"],
    "grid": ["grid_name", "metric", "source", "unit"],
    "metric": ["metric", "source", "unit"],
    "month": ["series_id", "delivery_month"],
}


def with_month(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the month of each in the time zone of its grid."""
    zones = wh.series().set_index("series_id")["time_zone"]
    if "local_date" in rows:
        months = [f"{day:%Y-%m}-01" for day in rows["local_date"]]
    else:
        pairs = zip(rows["series_id"], rows["interval_start"], strict=True)
        months = [f"{start.tz_convert(zones[series]):%Y-%m}-01" for series, start in pairs]
    return rows.assign(delivery_month=pd.to_datetime(pd.Series(months, index=rows.index)))


def errors(rows: pd.DataFrame) -> dict[str, float]:
    error, actual = rows["error"], rows["actual_value"].abs().sum()
    return {
        "forecasts": len(rows),
        "bias": error.mean(),
        "mae": error.abs().mean(),
        "rmse": np.sqrt((error**2).mean()),
        "mape": rows["relative_error"].mean(),
        "wape": error.abs().sum() / actual if actual >= 1e-6 else np.nan,
        "mean_absolute_actual": rows["actual_value"].abs().mean(),
    }


def changes(rows: pd.DataFrame) -> dict[str, float]:
    return {
        "restatements": len(rows),
        "intervals": len(rows.drop_duplicates(["series_id", "interval_start"])),
        "withdrawals": rows["value"].isna().sum(),
        "mean_change": rows["change"].mean(),
        "mean_absolute_change": rows["absolute_change"].mean(),
        "largest_absolute_change": rows["absolute_change"].max(),
        "mean_relative_change": rows["relative_change"].mean(),
        "longest_lateness_hours": rows["lateness_hours"].max(),
    }


def days(rows: pd.DataFrame) -> dict[str, float]:
    return {name: rows[name].sum() for name in ("expected", "present", "withdrawn", "missing")}


def same(answer: pd.DataFrame, rows: pd.DataFrame, by: str, summed: Callable[[pd.DataFrame], dict[str, float]]) -> None:
    keys = [name for name in GROUPS[by] if name in rows]
    expected = pd.DataFrame(
        [{**dict(zip(keys, names, strict=True)), **summed(group)} for names, group in rows.groupby(keys, observed=True)]
    )
    columns = [name for name in expected if name not in keys]
    plain = {name: str for name in keys if name not in ("series_id", "delivery_month")}
    left, right = (frame.astype(plain).sort_values(keys)[[*keys, *columns]] for frame in (answer, expected))
    assert len(left) > 0
    pd.testing.assert_frame_equal(left.reset_index(drop=True), right.reset_index(drop=True), check_dtype=False)


def same_sums(by: str, *span: Any, **clocks: Any) -> None:
    """Compare the sums of errors and of changes after delivery with their rows; each forecast has one actual."""
    rows = wh.accuracy(*span, by=None, **clocks)
    assert not rows.duplicated(["series_id", "interval_start", "collected_at"]).any()
    same(wh.accuracy(*span, by=by, **clocks), with_month(rows).dropna(subset=["error"]), by, errors)
    rows = with_month(wh.restatements(*span, **clocks))
    same(wh.restatements(*span, by=by, **clocks), rows[~rows["is_first_reading"]], by, changes)
