"""`pull --since last` begins before the end of what was pulled."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from typer.testing import CliRunner

from loaders.cli import app
from loaders.errors import UsageError
from loaders.ingest.live.dataset import LiveDataset
from loaders.ingest.live.live_data import start_since_last
from loaders.settings import settings
from tests.support.entsoe_documents import document, load, series
from tests.support.recorded_answers import Recorded, recorded_site
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.sql


def deliver(warehouse: Warehouse, dataset: str, interval_start: str, collected_at: str, **options: Any) -> int:
    names = {"grid": "CAISO", "region": "CAISO", "node": "CAISO", "metric": "load"}
    rows = pd.DataFrame([{**names, "interval_start": interval_start, "collected_at": collected_at, "value": 1.0}])
    name = f"gridstatus://CAISO/{dataset}?start={interval_start}"
    return warehouse.deliver(rows, name=name, uri=name, source="gridstatus", **options).load_id


def start(dataset: str, first: str | None = None, days: int = 1) -> str:
    return start_since_last(LiveDataset("caiso", dataset), first, days)


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
        start_since_last(LiveDataset("CAISO", "load", source="other"), None)


def test_an_area_of_entsoe_is_continued_with_one_day_of_overlap(
    empty_warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(path: str) -> Recorded:
        request = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        first, last = (datetime.strptime(request[f"period{edge}"], "%Y%m%d%H%M") for edge in ("Start", "End"))
        hours = range((last - first) // timedelta(hours=1))
        values = {hour + 1: 40_000.0 + 100 * (hour % 24) + len(starts) for hour in hours}
        points = series(f"{first:%Y-%m-%dT%H:%MZ}", f"{last:%Y-%m-%dT%H:%MZ}", "PT60M", values, load())
        starts.append(request["periodStart"])
        return Recorded(document("A16", "A65", points), headers={"Content-Type": "text/xml"})

    starts: list[str] = []
    monkeypatch.setenv("ENTSOE_API_KEY", "recorded")
    settings.cache_clear()
    command = ["pull", "ENTSOE", "load", "--area", "DE_LU", "--since", "last", "--create-missing", "--json"]
    try:
        with recorded_site(answer) as site:
            monkeypatch.setattr("entsoe.entsoe.URL", f"http://127.0.0.1:{site.port}/api")
            for options in (["--start", "2024-05-01", "--end", "2024-05-04"], ["--end", "2024-05-06"]):
                shown = CliRunner().invoke(app, [*command, *options])
                assert shown.exit_code == 0, shown.output
    finally:
        settings.cache_clear()
    # Days of Berlin at first; then a day before the last value, in UTC.
    assert starts == ["202404302200", "202405012200"]
    counts = "select rows_read, rows_inserted, status, collected_at_basis from raw.loads order by load_id"
    assert empty_warehouse.query(counts) == [(72, 72, "accepted", "observed"), (96, 96, "accepted", "observed")]
    assert empty_warehouse.query("select time_zone from raw.grids") == [("Europe/Berlin",)]
