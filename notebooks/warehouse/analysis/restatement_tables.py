"""Changes after delivery by size and by lateness, and as sentences."""

import numpy as np
import pandas as pd

DAY_HOURS = 24
# Lower bounds of lateness in hours, after the usual dates of first readings and of first and final settlements.
LATENESS_CLASSES = {
    "within a day": 0,
    "1 to 7 days": DAY_HOURS,
    "7 to 30 days": 7 * DAY_HOURS,
    "30 days to a year": 30 * DAY_HOURS,
    "later": 365 * DAY_HOURS,
}


def by_lateness(restated: pd.DataFrame) -> pd.DataFrame:
    """Return one row per class of lateness: restatements, intervals, withdrawals, and sizes of change (in the unit).

    restated: rows of `warehouse.restatements()`, of one unit.
    """
    position = np.searchsorted(list(LATENESS_CLASSES.values()), restated["lateness_hours"], side="right") - 1
    classes = list(LATENESS_CLASSES)
    names = pd.Categorical([classes[number] for number in position], classes, ordered=True)
    rows = restated.assign(lateness=names, is_withdrawn=restated["value"].isna())
    rows["interval"] = rows["series_id"].astype(str) + " " + rows["interval_start"].astype(str)
    sums = rows.groupby("lateness", observed=False).agg(
        restatements=("is_withdrawn", "size"),
        intervals=("interval", "nunique"),
        withdrawals=("is_withdrawn", "sum"),
        mean_absolute_change=("absolute_change", "mean"),
        largest_absolute_change=("absolute_change", "max"),
    )
    return sums.rename_axis("after delivery")


def largest_first(restated: pd.DataFrame) -> pd.DataFrame:
    """Return the changes by size, the largest first; withdrawals, which have no size, last."""
    keys = ["absolute_change", "series_id", "interval_start", "collected_at"]
    return restated.sort_values(keys, ascending=[False, True, True, True], na_position="last")


def describe_change(change: pd.Series) -> str:
    """Return a change as text, such as `994.4 became 967.0 kW`."""
    before, after = (
        f"{value:,.1f}" if pd.notna(value) else "" for value in (change["previous_value"], change["value"])
    )
    if not after:
        return f"{before} {change['unit']} was withdrawn"
    return f"{before} became {after} {change['unit']}" if before else f"{after} {change['unit']} was added"


def format_duration(hours: float) -> str:
    """Return a duration such as `7 hours`, `17.5 days` or `4.6 years`."""
    lengths = {"year": 365.25 * DAY_HOURS, "day": DAY_HOURS}
    unit, length = next(((unit, one) for unit, one in lengths.items() if hours >= 2 * one), ("hour", 1))
    count = f"{hours / length:.1f}".removesuffix(".0")
    return f"{count} {unit}{'' if count == '1' else 's'}"
