"""What rows are about, series or locations: select them by name, and give each row their ids and names."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from loaders.database.sql_files import read_sql
from warehouse.errors import ReadError
from warehouse.periods import Periods, excluded_periods, find_periods
from warehouse.requests.arguments import Name, parse_names, select_positions
from warehouse.session import Reader

MAX_SELECTIONS = 200  # that are kept with a catalogue
TIME = pa.timestamp("us", "UTC")
PANDAS_TIME = pd.DatetimeTZDtype("us", "UTC")
HIERARCHY_COLUMNS = {
    "grid": ("grid_name", "grid_id"),
    "region": ("region_name", "region_id"),
    "node": ("node_name", "node_id"),
    "metric": ("metric", None),
    "source": ("source", None),
    "resolution": ("resolution", None),
}


@dataclass(frozen=True)
class EntityColumns:
    """What rows are about: the key column, and the columns that each row is given from the query sql/CATALOG.sql."""

    noun: str
    key: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    catalog: str


SERIES_COLUMNS = EntityColumns(
    "series",
    "series_id",
    ("series_id", "grid_id", "region_id", "node_id"),
    ("grid_name", "region_name", "node_name", "metric", "source", "resolution", "unit"),
    "catalog_series",
)
# The same, with a row for each period that a series spent in one region.
SERIES_PERIODS = replace(SERIES_COLUMNS, catalog="catalog_series_periods")
# The regions or the grids of a roll-up.
LOCATION_COLUMNS = {
    "region": EntityColumns(
        "locations",
        "region_id",
        ("grid_id", "region_id"),
        ("grid_name", "region_name"),
        "catalog_regions",
    ),
    "grid": EntityColumns(
        "locations",
        "grid_id",
        ("grid_id",),
        ("grid_name",),
        "catalog_grids",
    ),
}


@dataclass(frozen=True)
class SelectedEntities:
    """Some rows of a catalogue, in its order. excluded: the periods of these series that were not selected, as JSON."""

    columns: EntityColumns
    table: pa.Table
    excluded: str | None = None

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def ids(self) -> pa.Scalar:
        """The keys as one value for the database, which learns the type of an empty list too."""
        return pa.scalar(self._keys, pa.list_(pa.int32()))

    @cached_property
    def _keys(self) -> list[int]:
        return list(dict.fromkeys(self.table[self.columns.key].to_pylist()))

    @cached_property
    def time_zones(self) -> tuple[str, ...]:
        """The time zones of the grids, sorted."""
        return tuple(sorted(pc.unique(self.table["time_zone"]).to_pylist()))

    @cached_property
    def periods(self) -> Periods | None:
        """The periods of the series that were in several regions; None where there are none."""
        return find_periods(self.table, self.columns.key)

    @property
    def time_zone_by_id(self) -> dict[int, str]:
        """The time zone of each entity."""
        return dict(zip(self.table[self.columns.key].to_pylist(), self.table["time_zone"].to_pylist(), strict=True))

    def attach_names(self, rows: pa.Table) -> pa.Table:
        """Put ids, load and names in front of the rows."""
        if self.table.num_rows == 1:  # no row needs to be looked up, which takes most of a short answer's time
            codes = pa.repeat(pa.scalar(0, pa.int32()), rows.num_rows)
            columns = {name: pa.repeat(self.table[name][0], rows.num_rows) for name in self.columns.ids}
            codes_by_name = dict.fromkeys(self.columns.names, codes)
        else:
            positions = self._positions(rows)
            columns = {name: self._column(name).take(positions) for name in self.columns.ids}
            codes_by_name = {name: self._categories[name][0].take(positions) for name in self.columns.names}
        if "load_id" in rows.column_names:
            columns["load_id"] = rows["load_id"]
        for name, codes in codes_by_name.items():
            columns[name] = pa.DictionaryArray.from_arrays(codes, self._categories[name][1])
        for name in rows.column_names:
            if name not in columns and name != self.columns.key:
                column = rows[name]
                columns[name] = column.dictionary_encode() if pa.types.is_string(column.type) else column
        return pa.table(columns)

    def _positions(self, rows: pa.Table) -> pa.Array:
        """Return which row of the catalogue each row is about."""
        positions = pc.index_in(rows[self.columns.key], value_set=self._column(self.columns.key)).combine_chunks()
        if self.periods is not None and "interval_start" in rows.column_names:
            positions = self.periods.move_positions(positions, rows["interval_start"])
        return positions

    def to_pandas(self, table: pa.Table, changed: Collection[str] = ()) -> pd.DataFrame:
        """Return a table with these names as a frame; the categories are made once for all answers.

        changed: names whose categories are those of the table.
        """
        # Arrays, because pandas aligns the indexes of columns, which takes most of a small answer's time.
        columns: dict[str, Any] = {}
        for name in table.column_names:
            if name in self.columns.names and name not in changed:
                codes = table[name].combine_chunks().indices.to_numpy()
                columns[name] = pd.Categorical.from_codes(codes, dtype=self._dtypes[name], validate=False)
            else:
                columns[name] = _pandas_array(table[name])
        return pd.DataFrame(columns, copy=False)

    @cached_property
    def _dtypes(self) -> dict[str, pd.CategoricalDtype]:
        return {name: pd.CategoricalDtype(words.to_pandas()) for name, (_, words) in self._categories.items()}

    def _column(self, name: str) -> pa.Array:
        return self.table[name].combine_chunks()

    @cached_property
    def _categories(self) -> dict[str, tuple[pa.Array, pa.Array]]:
        return {name: _sorted_categories(self._column(name)) for name in self.columns.names}


class Catalog:
    """All entities of one kind, as they were when the catalogue last changed."""

    def __init__(self, columns: EntityColumns, table: pa.Table) -> None:
        self.all = SelectedEntities(columns, table)
        self._selections: dict[Any, SelectedEntities] = {}
        self.levels = [level for level, (name, _) in HIERARCHY_COLUMNS.items() if name in table.column_names]

    def select(self, names: Mapping[str, Name], only_one: bool = False) -> SelectedEntities:
        """Return the entities with these names or ids. Raises ReadError."""
        requested = {level: name for level, name in names.items() if name is not None}
        if not requested and not only_one:
            return self.all
        items = {level: parse_names(level, name) for level, name in requested.items()}
        key = (only_one, *((level, *names) for level, names in items.items()))
        if key not in self._selections:
            positions = select_positions(self._entries, items, self._ids, only_one)
            if len(self._selections) >= MAX_SELECTIONS:
                self._selections.clear()
            table = self.all.table.take(pa.array(positions, pa.int64()))
            excluded = excluded_periods(self.all.table, positions, self.all.columns.key)
            self._selections[key] = SelectedEntities(self.all.columns, table, excluded)
        return self._selections[key]

    @cached_property
    def _entries(self) -> list[tuple[str, ...]]:
        return list(zip(*(self._values(HIERARCHY_COLUMNS[level][0]) for level in self.levels), strict=True))

    @cached_property
    def _ids(self) -> list[tuple[int | None, ...]]:
        return list(zip(*(self._values(HIERARCHY_COLUMNS[level][1]) for level in self.levels), strict=True))

    def _values(self, column: str | None) -> list[Any]:
        table = self.all.table
        return [None] * table.num_rows if column is None else table[column].to_pylist()


def read_catalog(read: Reader, columns: EntityColumns) -> Catalog:
    """Return the catalogue, from the database only when it changed since the last call."""
    if columns not in read.catalogs:
        read.catalogs[columns] = Catalog(columns, read(read_sql("warehouse", columns.catalog)))
    catalog: Catalog = read.catalogs[columns]
    return catalog


def select_entities(
    read: Reader, columns: EntityColumns, names: Mapping[str, Name], only_one: bool = False
) -> SelectedEntities:
    """Return the entities with these names or ids. Raises ReadError, which says what a former name was changed to."""
    catalog = read_catalog(read, columns)
    known = {level: names.get(level) for level in catalog.levels}
    try:
        return catalog.select(known, only_one)
    except ReadError as error:
        given = [item for level, name in known.items() if name is not None for item in parse_names(level, name)]
        texts = pa.scalar([item for item in given if isinstance(item, str)], pa.list_(pa.string()))
        renamed = read(read_sql("warehouse", "former_names"), texts).to_pylist()
        notes = ["The {level} {former_name} is called {current_name} now.".format(**row) for row in renamed]
        raise ReadError(" ".join([str(error), *notes])) from None


def with_local_time(table: pa.Table, selected: SelectedEntities) -> pa.Table:
    """Add interval_start on the clock of the grid's zone, where the rows have an interval_start."""
    if "interval_start" not in table.column_names:
        return table
    position = table.column_names.index("interval_start")
    zone = selected.time_zones[0] if selected.time_zones else "UTC"
    local = table.column(position).cast(pa.timestamp("us", tz=zone))
    return table.add_column(position + 1, "interval_start_local", local)


def check_one_zone(selected: SelectedEntities) -> None:
    """Raise ReadError unless all entities are of one time zone."""
    if len(selected.time_zones) > 1:
        raise ReadError(
            f"local=True needs one time zone, but these {selected.columns.noun} have "
            f"{', '.join(selected.time_zones)}. Select one grid."
        )


def _pandas_array(column: pa.ChunkedArray) -> Any:
    """Return a column as Table.to_pandas() does, which takes longer for a few rows."""
    kind = column.type
    if pa.types.is_floating(kind) or (pa.types.is_integer(kind) and not column.null_count):
        numbers = column.to_numpy()
        return numbers if numbers.flags.writeable else numbers.copy()
    if kind == TIME and not column.null_count:
        return pd.array(column.cast(pa.int64()).to_numpy().view("M8[us]"), dtype=PANDAS_TIME)
    return column.to_pandas(date_as_object=False).array


def _sorted_categories(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    encoded = column.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return pa.array(rank[encoded.indices.to_numpy()]), encoded.dictionary.take(pa.array(order))
