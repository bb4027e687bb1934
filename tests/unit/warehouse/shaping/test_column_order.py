"""Columns are in the order in which analysts read them."""

import pyarrow as pa
import pytest
from warehouse.shaping.column_order import time_first


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            "series_id node_id load_id node_name unit quality_flag value interval_start collected_at",
            "interval_start value collected_at node_name unit quality_flag series_id node_id load_id",
        ),
        ("region_id region_name metric nodes_reporting value interval_start", None),
        ("series_id node_name forecasts bias", "node_name forecasts bias series_id"),
        ("series_id node_name expected local_date", "local_date node_name expected series_id"),
    ],
)
def test_time_and_value_come_first_then_names_then_the_rest_then_ids(given: str, expected: str | None) -> None:
    table = pa.table({name: [1] for name in given.split()})
    expected = expected or "interval_start value region_name metric nodes_reporting region_id"
    assert time_first(table).column_names == expected.split()
