"""What was changed after delivery, put in order: by size, by how late, and in words."""

import numpy as np
import pandas as pd

DAY = 24
# Lateness in hours, from which on; what people have seen by then: today's view, a first settlement, a final one.
LATENESS = {"within a day": 0, "1 to 7 days": DAY, "7 to 30 days": 7 * DAY, "30 days to a year": 30 * DAY,
            "later": 365 * DAY}  # fmt: skip


def by_lateness(restated: pd.DataFrame) -> pd.DataFrame:
    """One row per class of lateness: restatements, intervals, withdrawals, and sizes of change (in the unit).

    restated: rows of `warehouse.restatements()`, of one unit.
    """
    place = np.searchsorted(list(LATENESS.values()), restated["lateness_hours"], side="right") - 1
    names = pd.Categorical.from_codes(place, list(LATENESS), ordered=True)
    rows = restated.assign(late=names, gone=restated["value"].isna())
    rows["interval"] = rows["series_id"].astype(str) + " " + rows["interval_start"].astype(str)
    sums = rows.groupby("late", observed=False).agg(
        restatements=("gone", "size"),
        intervals=("interval", "nunique"),
        withdrawals=("gone", "sum"),
        mean_absolute_change=("absolute_change", "mean"),
        largest_absolute_change=("absolute_change", "max"),
    )
    return sums.rename_axis("after delivery")


def largest_first(restated: pd.DataFrame) -> pd.DataFrame:
    """The changes by size, the largest first and the earliest of equal ones; withdrawals, which have none, last."""
    keys = ["absolute_change", "series_id", "interval_start", "collected_at"]
    return restated.sort_values(keys, ascending=[False, True, True, True], na_position="last")


def step(change: pd.Series) -> str:
    """A change in words, such as `994.4 became 967.0 kW`."""
    before, after = (
        f"{value:,.1f}" if pd.notna(value) else "" for value in (change["previous_value"], change["value"])
    )
    if not after:
        return f"{before} {change['unit']} was withdrawn"
    return f"{before} became {after} {change['unit']}" if before else f"{after} {change['unit']} was given at last"


def spoken(hours: float) -> str:
    """A length of time such as `7 hours`, `17.5 days` or `4.6 years`."""
    for unit, length in (("year", 365.25 * DAY), ("day", DAY), ("hour", 1)):
        if hours >= 2 * length or unit == "hour":
            count = f"{hours / length:.1f}".removesuffix(".0")
            return f"{count} {unit}{'' if count == '1' else 's'}"
    raise AssertionError
