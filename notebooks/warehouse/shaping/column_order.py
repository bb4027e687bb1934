"""The order of the columns of an answer: time and value first, then names, then what else there is, and ids last."""

from functools import lru_cache

import pyarrow as pa

FIRST = (
    *("interval_start", "interval_start_local", "local_date", "delivery_month", "value", "forecast_value"),
    *("actual_value", "collected_at"),
)
NAMES = ("grid_name", "region_name", "node_name", "metric", "source", "resolution", "unit")
LAST = ("series_id", "actual_series_id", "grid_id", "region_id", "node_id", "load_id")


def time_first(table: pa.Table) -> pa.Table:
    """Return the table with its columns in the order that analysts read."""
    return table.select(_ordered(tuple(table.column_names)))


@lru_cache(maxsize=256)
def _ordered(names: tuple[str, ...]) -> list[str]:
    known = {*FIRST, *NAMES, *LAST}
    order = (*FIRST, *NAMES, *(name for name in names if name not in known), *LAST)
    return [name for name in order if name in names]
