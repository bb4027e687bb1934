"""`pull --since last` begins before the end of what was pulled."""

from typing import Any

import pandas as pd
import pytest

from loaders.errors import UsageError
from loaders.ingest.gridstatus_fetch import start_since_last
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.sql


def deliver(warehouse: Warehouse, dataset: str, interval_start: str, collected_at: str, **options: Any) -> int:
    names = {"grid": "CAISO", "region": "CAISO", "node": "CAISO", "metric": "load"}
    rows = pd.DataFrame([{**names, "interval_start": interval_start, "collected_at": collected_at, "value": 1.0}])
    name = f"gridstatus://CAISO/{dataset}?start={interval_start}"
    return warehouse.deliver(rows, name=name, uri=name, source="gridstatus", **options).load_id


def start(dataset: str, first: str | None = None, days: int = 1) -> str:
    return start_since_last("caiso", dataset, "gridstatus", first, days)


def test_it_begins_a_day_before_the_end_of_what_was_pulled(empty_warehouse: Warehouse) -> None:
    with pytest.raises(UsageError, match="State where to begin with --start"):
        start("load")
    assert start("load", "2024-01-01") == "2024-01-01"
    deliver(empty_warehouse, "load", "2024-05-10T12:00Z", "2024-05-10T13:00Z")
    newest = deliver(empty_warehouse, "load", "2024-05-20T12:00Z", "2024-05-20T13:00Z")
    assert start("load", "2024-01-01") == "2024-05-19"
    assert start("load", days=3) == "2024-05-17"
    # A forecast reaches into the future: what counts is when it was published.
    deliver(empty_warehouse, "load_forecast", "2024-06-30T00:00Z", "2024-05-21T09:00Z")
    assert start("load_forecast") == "2024-05-20"
    # What a withdrawn load brought is fetched again; loads of another source do not count.
    empty_warehouse.set_status(newest, "withdrawn")
    assert start("load") == "2024-05-09"
    with pytest.raises(UsageError, match="of the source other"):
        start_since_last("CAISO", "load", "other", None)
