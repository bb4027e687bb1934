"""Give an answer one column for each node, or each of other names, and one row for each interval."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from warehouse.errors import ReadError
from warehouse.requests.arguments import Name, check_choices

# What columns can stand for, and the column of the answer that has their names.
LEVELS = {
    **{"grid": "grid_name", "region": "region_name", "node": "node_name", "metric": "metric", "source": "source"},
    **{"resolution": "resolution", "cutoff": "cutoff_name"},
}


def parse_levels(wide: Name, limit: object = None, chunks: object = None) -> tuple[str, ...]:
    """Return what the columns stand for; none means one row per value. Raises ReadError."""
    levels = tuple(check_choices("value of wide", wide, LEVELS) or ())
    for name, value in (("limit", limit), ("chunks", chunks)):
        if levels and value is not None:
            raise ReadError(f"{name}= counts single values, and wide= puts many into a row. Leave one of them out.")
    return levels


def widen(table: pa.Table, levels: Sequence[str]) -> tuple[pa.Table, dict[str, str]]:
    """Return the values with a column for each combination of names, and the units of the columns.

    The first column has the starts of the intervals, in local time where the table has that. Raises ReadError where
    several series would share a column.
    """
    time = "interval_start_local" if "interval_start_local" in table.column_names else "interval_start"
    missing = [level for level in levels if LEVELS[level] not in table.column_names]
    if missing:
        raise ReadError(f"This answer has no {missing[0]} for wide=. Enter one of: {', '.join(_levels_of(table))}.")
    keys = [name for name in ("series_id", "cutoff_name") if name in table.column_names]
    names = [LEVELS[level] for level in _levels_of(table)]
    further = [name for name in (*keys, *names, "unit") if name in table.column_names]
    frame = table.select(list(dict.fromkeys([time, "value", *further]))).to_pandas()
    columns = [LEVELS[level] for level in levels]
    place = frame.groupby(columns, observed=True, sort=False).ngroup().to_numpy()
    first = frame[~pd.Series(place).duplicated().to_numpy()]
    _check_places(frame.assign(place=place), keys if "series_id" in keys else names, levels)
    labels = [" / ".join(map(str, row)) for row in first[columns].itertuples(index=False)]
    starts = pd.Index(frame[time].unique()).sort_values()
    values = np.full((len(starts), len(labels)), np.nan)
    values[starts.get_indexer(frame[time]), place] = frame["value"]
    times = pa.array(starts).cast(table.schema.field(time).type)
    arrays = {label: pa.array(values[:, column], from_pandas=True) for column, label in enumerate(labels)}
    return pa.table({time: times, **arrays}), dict(zip(labels, first["unit"].astype(str), strict=True))


def wide_frame(table: pa.Table) -> pd.DataFrame:
    """Return a wide table as a frame with the starts of the intervals as its index."""
    frame: pd.DataFrame = table.to_pandas()
    return frame.set_index(table.column_names[0])


def _levels_of(table: pa.Table) -> list[str]:
    return [level for level, name in LEVELS.items() if name in table.column_names]


def _check_places(frame: pd.DataFrame, keys: list[str], levels: Sequence[str]) -> None:
    """Raise ReadError where a column would have several series, or several cut-offs of one."""
    distinct: Any = frame.drop_duplicates(["place", *keys])
    shared = distinct[distinct["place"].duplicated(keep=False)]
    if shared.empty:
        return
    one = shared[shared["place"] == shared["place"].iloc[0]]
    differing = [level for level, name in LEVELS.items() if name in one and one[name].nunique() > 1] or ["series_id"]
    advised = [level for level in LEVELS if level in levels or level in differing]
    raise ReadError(
        f"Several series would share a column: they differ in {' and '.join(differing)}. "
        f"Select one, or enter wide={advised}."
    )
