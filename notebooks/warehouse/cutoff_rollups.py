"""Roll regions and grids up as they were known at named cut-offs."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.entities import LOCATION_COLUMNS, SERIES_PERIODS, SelectedEntities, read_catalog
from warehouse.errors import ReadError
from warehouse.query import Statement, resampled, run, sql_query
from warehouse.requests.arguments import Name, check_choice, check_choices
from warehouse.requests.calls import ReadRequest
from warehouse.rollups import known_kinds
from warehouse.session import Reader

CUTOFFS = "select * from marts.cutoffs order by name, grid nulls first"
KINDS = ("metric", "source", "unit", "nodes_reporting", "nodes_expected", "cutoff_name", "cutoff_at")


def rolled_up_at_cutoffs(request: ReadRequest, name: Name, by: str) -> Any:
    """Return the hours of regions or grids at these cut-offs. Raises ReadError."""
    columns = LOCATION_COLUMNS[check_choice("grouping", by, LOCATION_COLUMNS)]
    not_for_hours = ("node", "resolution") if by == "region" else ("node", "resolution", "region")
    for level in not_for_hours:
        if request.names.get(level) is not None:
            raise ReadError(f"by={by!r} rolls up all nodes, by the hour. Leave {level} out.")
    if request.columns is not SERIES_PERIODS:
        raise ReadError(f'by={by!r} counts a node where it was when the hour began. Leave regions="today" out.')

    def query(read: Reader, selected: SelectedEntities) -> Statement:
        names = check_choices("cut-off", name, read(CUTOFFS)["name"].unique().to_pylist())
        kinds = known_kinds(read, request.names["metric"], request.names["source"])
        series = read_catalog(read, SERIES_PERIODS).all.table
        series = series.filter(pc.is_in(series[columns.key], value_set=selected.ids.values))
        ids = pa.scalar(pc.unique(series["series_id"]).to_pylist(), pa.list_(pa.int32()))
        times = request.collected, request.loaded
        return sql_query(request, f"{by}_at_cutoff", *kinds, names, *times, ids)(read, selected)

    return run(request, resampled(request, query, columns.key, *KINDS), columns)
