"""Sum the rows of series up by region, grid, metric or local month."""

import json

import pandas as pd
import pyarrow as pa

from warehouse.entities import EntityColumns, SelectedEntities

GROUPS = ("region", "grid", "metric", "month")
MONTH = "delivery_month"
_KEY = "group_number"
_IDS = {"region": ("grid_id", "region_id"), "grid": ("grid_id",), "metric": ()}
_NAMES = {"region": ("grid_name", "region_name"), "grid": ("grid_name",), "metric": ()}
_KINDS = ("metric", "source", "unit")  # what is of another metric, source or unit is not summed up


def group_series(selected: SelectedEntities, by: str) -> tuple[SelectedEntities, str]:
    """Return the groups of the selected series as entities, and as JSON which group each series is in."""
    of_series = selected.columns
    ids = _IDS.get(by, of_series.ids)
    names = tuple(name for name in (*_NAMES[by], *_KINDS) if name in of_series.names) if by in _IDS else of_series.names
    table: pd.DataFrame = selected.table.to_pandas()
    numbers = table.groupby([*ids, *names], sort=False).ngroup()
    first = ~numbers.duplicated()
    columns = EntityColumns("series", _KEY, ids, names, of_series.catalog)
    groups = selected.table.filter(pa.array(first)).append_column(_KEY, pa.array(numbers[first], pa.int32()))
    rows = table[["series_id", "time_zone"]].assign(group_number=numbers)
    return SelectedEntities(columns, groups), json.dumps(rows.to_dict("records"))
