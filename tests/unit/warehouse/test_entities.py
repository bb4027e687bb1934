"""Series are selected by names and ids, and rows get their ids and names."""

import re

import pandas as pd
import pyarrow as pa
import pytest
from warehouse.entities import SERIES_COLUMNS, Catalog
from warehouse.errors import ReadError

ROWS = [
    (1, 1, "North", 1, "Coast", 1, "Harbour", "load", "a", "PT1H", "MW", "UTC"),
    (2, 1, "North", 1, "Coast", 2, "Dock", "load", "a", "PT1H", "MW", "UTC"),
    (3, 2, "South", 2, "Coast", 3, "Harbour", "load", "a", "PT1H", "MW", "Europe/Berlin"),
    (4, 2, "South", 2, "Coast", 3, "Harbour", "price", "b", "PT1H", "EUR/MWh", "Europe/Berlin"),
]
COLUMNS = [
    *("series_id", "grid_id", "grid_name", "region_id", "region_name", "node_id", "node_name", "metric", "source"),
    *("resolution", "unit", "time_zone"),
]


@pytest.fixture
def catalog() -> Catalog:
    """Four series, of which three nodes have two names."""
    frame = pd.DataFrame(ROWS, columns=COLUMNS)
    table = pa.Table.from_pandas(frame).replace_schema_metadata(None)
    return Catalog(SERIES_COLUMNS, table.set_column(0, "series_id", table["series_id"].cast(pa.int32())))


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        ({}, [1, 2, 3, 4]),
        ({"grid": "North"}, [1, 2]),
        ({"grid": 2, "metric": "price"}, [4]),
        ({"node": ["Dock", 3]}, [2, 3, 4]),
        ({"region": "Coast", "node": "Harbour", "metric": ["load"]}, [1, 3]),
        ({"source": ("a", "b"), "grid": ["South"]}, [3, 4]),
    ],
)
def test_names_and_ids_narrow_and_several_of_a_level_are_alternatives(catalog: Catalog, names: dict, ids: list) -> None:
    assert catalog.select(names).ids.as_py() == ids


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"grid": "Nroth"}, "Unknown grid 'Nroth'. Did you mean North"),
        ({"node": "harbour"}, "Did you mean Harbour?"),
        ({"grid": "North", "node": 3}, "Unknown node 3 in North. It exists in South/Coast. Available: Dock, Harbour."),
        ({"metric": "zzz"}, "Unknown metric 'zzz'. Available: load, price."),
        ({"metric": 1}, "metric=1 cannot be looked up. Enter a name."),
        ({"grid": True}, "grid=True cannot be looked up. Enter a name or an integer id."),
        ({"grid": []}, "empty list"),
    ],
)
def test_a_wrong_name_is_answered_with_the_right_ones(catalog: Catalog, names: dict, message: str) -> None:
    with pytest.raises(ReadError, match=re.escape(message)):
        catalog.select(names)


def test_an_ambiguous_name_is_answered_with_the_candidates_and_the_level_that_differs(catalog: Catalog) -> None:
    with pytest.raises(ReadError) as raised:
        catalog.select({"node": "Harbour", "metric": "load"}, only_one=True)
    assert "North/Coast/Harbour/load/a/PT1H, South/Coast/Harbour/load/a/PT1H. Specify the grid." in str(raised.value)


def test_rows_get_the_ids_and_names_of_their_series_in_sorted_categories(catalog: Catalog) -> None:
    selected = catalog.select({"metric": "load"})
    rows = pa.table({"series_id": pa.array([3, 1, 1], pa.int32()), "value": [1.0, 2.0, None]})
    table = selected.attach_names(rows)
    assert table["node_id"].to_pylist() == [3, 1, 1]
    assert table["grid_name"].to_pylist() == ["South", "North", "North"]
    frame = selected.to_pandas(table)
    assert frame["node_name"].tolist() == ["Harbour"] * 3
    assert frame["node_name"].cat.categories.tolist() == ["Dock", "Harbour"]
    assert list(frame.columns) == table.column_names
    pd.testing.assert_frame_equal(frame, table.to_pandas())


def test_rows_of_one_series_get_the_same_columns_as_those_of_several(catalog: Catalog) -> None:
    rows = pa.table({"series_id": pa.array([3, 3], pa.int32()), "load_id": [7, 8], "value": [1.0, None]})
    one = catalog.select({"node": 3, "metric": "load"}).attach_names(rows)
    assert one.schema == catalog.all.attach_names(rows).schema
    assert one.to_pylist() == catalog.all.attach_names(rows).to_pylist()


def test_the_time_zones_are_those_of_the_selected_series(catalog: Catalog) -> None:
    assert catalog.all.time_zones == ("Europe/Berlin", "UTC")
    assert catalog.select({"grid": "North"}).time_zones == ("UTC",)
    assert catalog.select({"grid": "South"}).time_zone_by_id == {3: "Europe/Berlin", 4: "Europe/Berlin"}


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1.5, None]),
        pa.array([1, 2], pa.int32()),
        pa.array([1, None], pa.int32()),
        pa.array([0, 1], pa.int64()).cast(pa.timestamp("us", "UTC")),
        pa.array([None, -1], pa.int64()).cast(pa.timestamp("us", "UTC")),
        pa.array([0, 1], pa.int64()).cast(pa.timestamp("us", "Europe/Berlin")),
        pa.array([0, None], pa.int32()).cast(pa.date32()),
        pa.array(["suspect", None]),
        pa.array([True, None]),
    ],
    ids=lambda values: str(values.type),
)
@pytest.mark.parametrize("rows", [0, 1, 2])
def test_a_frame_has_the_values_and_types_that_arrow_gives_it(catalog: Catalog, values: pa.Array, rows: int) -> None:
    table = pa.table({"value": pa.chunked_array([values[:rows]])})
    frame = catalog.all.to_pandas(table)
    pd.testing.assert_frame_equal(frame, table.to_pandas(date_as_object=False))
    before = table.to_pylist()
    if rows and frame["value"].dtype.kind == "f":
        frame.loc[0, "value"] = 7.0  # which a view of the answer in Arrow would refuse
    assert table.to_pylist() == before
