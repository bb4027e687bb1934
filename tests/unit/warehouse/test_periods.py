"""Rows of a series that moved get the region of the period that their interval began in."""

import json
from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa
import pytest
from warehouse.entities import SERIES_PERIODS, Catalog

MOVED = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)
AGAIN = datetime(2026, 4, 2, tzinfo=UTC)
TIMES = pa.timestamp("us", tz="UTC")
NAMES = ["series_id", "region_id", "region_name", "node_id", "node_name", "valid_from", "valid_to"]
ROWS = [
    (1, 1, "West", 1, "N1", None, MOVED),
    (1, 2, "East", 1, "N1", MOVED, AGAIN),
    (1, 1, "West", 1, "N1", AGAIN, None),
    (2, 2, "East", 2, "N2", None, None),
]


@pytest.fixture
def catalog() -> Catalog:
    """A series that moved east and back, and one that did not."""
    same = {"grid_id": 1, "grid_name": "G", "metric": "load", "source": "a", "resolution": "PT1H", "unit": "MW"}
    frame = pd.DataFrame(ROWS, columns=NAMES).assign(**same, time_zone="UTC")
    table = pa.Table.from_pandas(frame).replace_schema_metadata(None)
    for name in ("valid_from", "valid_to"):
        position = table.column_names.index(name)
        table = table.set_column(position, name, table[name].cast(TIMES))
    return Catalog(SERIES_PERIODS, table.set_column(0, "series_id", table["series_id"].cast(pa.int32())))


def test_each_row_has_the_region_of_its_interval(catalog: Catalog) -> None:
    hours = [datetime(2026, 4, 1, 9), MOVED, datetime(2026, 4, 1, 23), AGAIN, datetime(2026, 4, 1, 9)]
    starts = pd.to_datetime(hours, utc=True)
    rows = pa.table({"series_id": pa.array([1, 1, 1, 1, 2], pa.int32()), "interval_start": pa.array(starts)})
    table = catalog.all.attach_names(rows)
    assert table["region_name"].to_pylist() == ["West", "East", "East", "West", "East"]
    assert table["region_id"].to_pylist() == [1, 2, 2, 1, 2]


@pytest.mark.parametrize(
    ("names", "ids", "excluded"),
    [
        ({}, [1, 2], []),
        ({"node": "N1"}, [1], []),
        ({"region": "East"}, [1, 2], [(None, MOVED), (AGAIN, None)]),
        ({"region": "West"}, [1], [(MOVED, AGAIN)]),
    ],
)
def test_the_other_periods_of_a_selected_series_are_excluded(
    catalog: Catalog, names: dict, ids: list, excluded: list
) -> None:
    selected = catalog.select(names)
    assert selected.ids.as_py() == ids
    assert len(selected) == len(ids)
    periods = json.loads(selected.excluded or "[]")
    texts = [[time and time.isoformat() for time in period] for period in excluded]
    assert [[period["valid_from"], period["valid_to"]] for period in periods] == texts


@pytest.mark.parametrize("series", [[2, 2], []])
def test_rows_without_the_series_that_moved_have_their_regions(catalog: Catalog, series: list[int]) -> None:
    starts = pd.to_datetime([MOVED] * len(series), utc=True)
    rows = pa.table({"series_id": pa.array(series, pa.int32()), "interval_start": pa.array(starts, TIMES)})
    assert catalog.all.attach_names(rows)["region_name"].to_pylist() == ["East"] * len(series)
