"""Errors of several series, weighted by their numbers of forecasts, and the lead time from which they are small."""

from typing import NamedTuple

import pandas as pd

from warehouse.arguments import check_choice
from warehouse.charts.accuracy_by_lead_time import lead_time_label
from warehouse.forecast_accuracy import QUALITY_LEVELS
from warehouse.session import open_reader

LEAD_COLUMNS = ["lead_time_from_hours", "lead_time_to_hours"]


class GoodLeadTime(NamedTuple):
    """The longest lead time in hours up to which forecasts are good, and whether all lead times are."""

    hours: float | None
    is_always: bool


def quality_levels() -> pd.DataFrame:
    """Return one row per level, the best first: quality_level, relative_error_from, relative_error_to (fractions)."""
    with open_reader() as read:
        levels = read(QUALITY_LEVELS).to_pandas()
    return levels.assign(relative_error_to=levels["relative_error_from"].shift(-1, fill_value=float("inf")))


def limit_of(level: str) -> float:
    """Return the relative error (a fraction) that forecasts of this level or a better one stay below."""
    levels = quality_levels()
    check_choice("quality level", level, levels["quality_level"].tolist())
    return float(levels.set_index("quality_level")["relative_error_to"][level])


def combine_errors(sums: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return one row per group: forecasts, bias and mae (in the unit), wape (a fraction), as if of one series.

    sums: rows of `warehouse.accuracy(by=...)`, of one unit. Rows without wape (actuals of about zero) are left out of
    wape only.
    """
    count = sums["forecasts"]
    parts = sums.assign(
        error=sums["bias"] * count,
        size=sums["mae"] * count,
        rated=(sums["mae"] * count).where(sums["wape"].notna()),
        actual=sums["mae"] * count / sums["wape"].where(sums["wape"] > 0),
    )
    groups = parts.groupby(keys, observed=True, dropna=False)
    added = groups[["forecasts", "error", "size", "rated", "actual"]].sum().reset_index()
    combined = added[[*keys, "forecasts"]].assign(bias=added["error"] / added["forecasts"])
    combined["mae"] = added["size"] / added["forecasts"]
    combined["wape"] = added["rated"] / added["actual"].where(added["actual"] > 0)
    return combined


def wape_by_lead_time(sums: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return WAPE in percent: one row per location (the keys), one column per lead-time bucket, and one for all.

    sums: by lead time. The worst row is first.
    """
    errors = combine_errors(sums, [*keys, *LEAD_COLUMNS])
    order = errors[LEAD_COLUMNS].drop_duplicates().sort_values(LEAD_COLUMNS[0], ascending=False, na_position="last")
    errors["lead time"] = [
        lead_time_label(*pair) for pair in zip(errors[LEAD_COLUMNS[0]], errors[LEAD_COLUMNS[1]], strict=True)
    ]
    columns = [lead_time_label(*pair) for pair in order.itertuples(index=False)]
    wide = errors.pivot_table("wape", keys, "lead time", observed=True).reindex(columns=columns)
    wide["all"] = combine_errors(sums, keys).set_index(keys)["wape"]
    return (100 * wide).round(2).sort_values("all", ascending=False)


def find_good_lead_time(buckets: pd.DataFrame, limit: float) -> GoodLeadTime:
    """Return the longest lead time whose wape is below the limit, as are those of all shorter ones.

    buckets: one row per lead-time bucket, with wape. Values collected after the start of the interval do not count.
    """
    ahead = buckets.dropna(subset=[LEAD_COLUMNS[0], "wape"]).sort_values(LEAD_COLUMNS[0])
    is_good = (ahead["wape"] < limit).cummin()
    good = ahead[is_good]
    if good.empty:
        return GoodLeadTime(None, False)
    last = good.iloc[-1]
    hours = last[LEAD_COLUMNS[1]] if pd.notna(last[LEAD_COLUMNS[1]]) else last[LEAD_COLUMNS[0]]
    return GoodLeadTime(float(hours), bool(is_good.all()))
