"""Errors of several series, weighted by their numbers of forecasts, and the lead time from which they are small."""

from typing import NamedTuple

import pandas as pd

from warehouse import catalog_tables
from warehouse.charts.accuracy_groups import LEAD_COLUMNS, combine_errors, lead_time_label
from warehouse.requests.arguments import check_choice


class GoodLeadTime(NamedTuple):
    """The longest lead time in hours up to which forecasts are good, and whether all lead times are."""

    hours: float | None
    is_always: bool


def quality_levels() -> pd.DataFrame:
    """Return one row per level, the best first: quality_level, relative_error_from, relative_error_to (fractions)."""
    levels = catalog_tables.quality_levels().to_pandas()
    return levels.assign(relative_error_to=levels["relative_error_from"].shift(-1, fill_value=float("inf")))


def limit_of(level: str) -> float:
    """Return the relative error (a fraction) that forecasts of this level or a better one stay below."""
    levels = quality_levels()
    check_choice("quality level", level, levels["quality_level"].tolist())
    return float(levels.set_index("quality_level")["relative_error_to"][level])


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
