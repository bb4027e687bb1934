"""The fields of an answer, by the names of the seed system, from the columns of the read functions."""

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

# Field → column. The names that the seed system had come first.
GRID = {"id": "grid_id", "name": "grid_name", "time_zone": "time_zone"}
REGION = {
    "id": "region_id",
    "name": "region_name",
    "grid": "grid_id",
    "grid_name": "grid_name",
    "time_zone": "time_zone",
}
NODE = {
    "id": "node_id",
    "name": "node_name",
    "region": "region_id",
    "grid": "grid_id",
    "region_name": "region_name",
    "grid_name": "grid_name",
    "time_zone": "time_zone",
}
RENAMED = {
    "series_id": "series",
    "grid_id": "grid",
    "region_id": "region",
    "node_id": "node",
    "interval_start": "timestamp",
}
MEASURE = {
    "grid": "grid_id",
    "region": "region_id",
    "node": "node_id",
    "timestamp": "interval_start",
    "collected_at": "collected_at",
    "value": "value",
    "unit": "unit",
    "metric": "metric",
    "source": "source",
    "resolution": "resolution",
    "quality_flag": "quality_flag",
    "load_id": "load_id",
    "grid_name": "grid_name",
    "region_name": "region_name",
    "node_name": "node_name",
    "series": "series_id",
}


def pick(fields: Mapping[str, str]) -> Callable[[pa.Table], pa.Table]:
    """Return a function that takes these columns of a table, by their field names."""
    return lambda table: _keep_metadata(table, {field: table[column] for field, column in fields.items()})


def rename(table: pa.Table) -> pa.Table:
    """Return a table with all its columns, those of the seed system by the names there."""
    return table.rename_columns([RENAMED.get(name, name) for name in table.column_names])


def measures(table: pa.Table) -> pa.Table:
    """Return values as measures; the id of one is its series and the second at which its interval begins."""
    columns = {field: table[column] for field, column in MEASURE.items()}
    seconds = table["interval_start"].cast(pa.timestamp("s", "UTC"), safe=False).cast(pa.int64()).cast(pa.string())
    ids = pc.binary_join_element_wise(table["series_id"].cast(pa.string()), seconds, "-")
    return _keep_metadata(table, {"id": ids, **columns})


def _keep_metadata(table: pa.Table, columns: Mapping[str, pa.ChunkedArray]) -> pa.Table:
    return pa.Table.from_arrays(list(columns.values()), names=list(columns), metadata=table.schema.metadata)
