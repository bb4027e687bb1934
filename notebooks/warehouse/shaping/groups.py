"""Put series together by region, grid or metric."""

import pandas as pd
import pyarrow as pa

from warehouse.entities import EntityColumns, SelectedEntities

GROUPS = ("region", "grid", "metric", "month")
MONTH = "delivery_month"
_IDS = {"region": ("grid_id", "region_id"), "grid": ("grid_id",), "metric": ()}
_NAMES = {"region": ("grid_name", "region_name"), "grid": ("grid_name",), "metric": ()}
_KINDS = ("metric", "source", "unit")  # what is of another metric, source or unit is not summed up


def group_series(selected: SelectedEntities, by: str) -> tuple[SelectedEntities, pa.Scalar]:
    """Return the groups of the selected series as entities, and for each series the first one of its group.

    A group has the key of its first series. With "month" each series is a group.
    """
    of_series = selected.columns
    if by not in _IDS:
        return selected, selected.ids
    ids, names = _IDS[by], tuple(name for name in (*_NAMES[by], *_KINDS) if name in of_series.names)
    table: pd.DataFrame = selected.table.to_pandas()
    first = table.groupby([*ids, *names], sort=False)[of_series.key].transform("first")
    groups = selected.table.filter(pa.array(first == table[of_series.key]))
    columns = EntityColumns(of_series.noun, of_series.key, ids, names, of_series.catalog)
    return SelectedEntities(columns, groups), pa.scalar(first.tolist(), pa.list_(pa.int32()))
