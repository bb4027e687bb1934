"""Errors of several series put together by their numbers of forecasts, and the lead time from which they are small."""

from typing import NamedTuple

import pandas as pd

from warehouse.arguments import check_choice
from warehouse.forecast_accuracy import QUALITY_LEVELS
from warehouse.session import open_reader

LEAD = ["lead_time_from_hours", "lead_time_to_hours"]


class Reach(NamedTuple):
    """From how many hours ahead on a forecast is good, down to the shortest lead time; whether it always is."""

    hours: float | None
    is_always: bool


def quality_levels() -> pd.DataFrame:
    """One row per level, the best first: quality_level, relative_error_from and relative_error_to (fractions)."""
    with open_reader() as read:
        levels = read(QUALITY_LEVELS).to_pandas()
    return levels.assign(relative_error_to=levels["relative_error_from"].shift(-1, fill_value=float("inf")))


def limit_of(level: str) -> float:
    """The relative error (a fraction) that a forecast of this level, or of a better one, stays below."""
    levels = quality_levels()
    check_choice("quality level", level, levels["quality_level"].tolist())
    return float(levels.set_index("quality_level")["relative_error_to"][level])


def weighed(sums: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """One row per group: forecasts, bias and mae (in the unit), wape (a fraction), as if all were of one series.

    sums: as `warehouse.accuracy(by=...)` gives them, of one unit. What has no wape, an actual of about zero, is left
    out of wape only.
    """
    count = sums["forecasts"]
    parts = sums.assign(
        error=sums["bias"] * count,
        size=sums["mae"] * count,
        told=(sums["mae"] * count).where(sums["wape"].notna()),
        actual=sums["mae"] * count / sums["wape"].where(sums["wape"] > 0),
    )
    groups = parts.groupby(keys, observed=True, dropna=False)
    added = groups[["forecasts", "error", "size", "told", "actual"]].sum().reset_index()
    answer = added[[*keys, "forecasts"]].assign(bias=added["error"] / added["forecasts"])
    answer["mae"] = added["size"] / added["forecasts"]
    answer["wape"] = added["told"] / added["actual"].where(added["actual"] > 0)
    return answer


def by_lead_and(sums: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """WAPE in percent: a row per place (or whatever the keys are), a column per bucket of lead time, and all together.

    sums: by lead time. The worst row comes first.
    """
    rated = weighed(sums, [*keys, *LEAD])
    order = rated[LEAD].drop_duplicates().sort_values(LEAD[0], ascending=False, na_position="last")
    rated["lead time"] = [spoken_lead(*pair) for pair in zip(rated[LEAD[0]], rated[LEAD[1]], strict=True)]
    columns = [spoken_lead(*pair) for pair in order.itertuples(index=False)]
    wide = rated.pivot_table("wape", keys, "lead time", observed=True).reindex(columns=columns)
    wide["all"] = weighed(sums, keys).set_index(keys)["wape"]
    return (100 * wide).round(2).sort_values("all", ascending=False)


def spoken_lead(first: float, last: float) -> str:
    """A bucket of lead time, such as `24 to 36 h`."""
    if pd.isna(first):
        return "after it began"
    return f"{first:g} h +" if pd.isna(last) else f"{first:g} to {last:g} h"


def good_from(buckets: pd.DataFrame, limit: float) -> Reach:
    """From which lead time on a forecast's wape stays below the limit, in this bucket and all that are shorter.

    buckets: one row per bucket of lead time, with wape. What was said after the interval began does not count.
    """
    ahead = buckets.dropna(subset=[LEAD[0], "wape"]).sort_values(LEAD[0])
    is_good = (ahead["wape"] < limit).cummin()
    good = ahead[is_good]
    if good.empty:
        return Reach(None, False)
    last = good.iloc[-1]
    hours = last[LEAD[1]] if pd.notna(last[LEAD[1]]) else last[LEAD[0]]
    return Reach(float(hours), bool(is_good.all()))
