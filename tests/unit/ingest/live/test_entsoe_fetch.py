"""pull ENTSOE: what the library entsoe-py requests, and what becomes of recorded answers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from loaders.errors import LoadError, UsageError
from loaders.ingest import pipeline as ingest
from loaders.ingest.live import entsoe_fetch, live_data
from loaders.ingest.live.dataset import LiveDataset
from loaders.ingest.options import IngestOptions
from loaders.settings import settings
from tests.support.entsoe_documents import document, load, price, series
from tests.support.load_results import DRY_RUN
from tests.support.recorded_answers import Recorded, RecordedSite, recorded_site

KEY = "s3cret-token"
Answer = Callable[[dict[str, str]], Recorded]
XML = {"Content-Type": "text/xml"}
NO_DATA = """<?xml version="1.0"?><Acknowledgement_MarketDocument><Reason><code>999</code>
<text>No matching data found for Data item ACTUAL_TOTAL_LOAD</text></Reason></Acknowledgement_MarketDocument>"""


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would be stored: the options, the uri and the rows."""
    calls: list[Any] = []

    def keep(source: Any, options: Any, uri: str, content_hash: str, batches: Any, progress: Any) -> Any:
        rows = [row for batch in batches() for row in batch.to_pylist()]
        calls.append((source, options, uri, rows))
        return DRY_RUN

    monkeypatch.setattr(ingest, "_store", keep)
    monkeypatch.setattr(entsoe_fetch, "gate_pending_loads", lambda: [])
    return calls


@pytest.fixture
def answers(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[Callable[[dict[str, str]], Recorded]], RecordedSite]]:
    """Redirect the library to answers of this machine, by the parameters of the request."""
    monkeypatch.setenv("ENTSOE_API_KEY", KEY)
    monkeypatch.setattr(entsoe_fetch, "RETRY_SECONDS", 0)
    settings.cache_clear()
    with ExitStack() as running:

        def serve(answer: Callable[[dict[str, str]], Recorded]) -> RecordedSite:
            site = running.enter_context(recorded_site(lambda path: answer(parameters_of(path))))
            monkeypatch.setattr("entsoe.entsoe.URL", f"http://127.0.0.1:{site.port}/api")
            return site

        yield serve
    settings.cache_clear()


def parameters_of(path: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}


def hours(start: str, end: str, process: str = "A16") -> Recorded:
    return Recorded(document(process, "A65", series(start, end, "PT60M", {1: 40.5, 3: 41.5}, load())), headers=XML)


def test_the_load_of_a_day_is_requested_and_read(answers: Any, stored: list[Any]) -> None:
    site = answers(lambda _: hours("2024-05-01T22:00Z", "2024-05-02T02:00Z"))
    before = datetime.now(UTC)
    options = IngestOptions(create_missing=True)
    live_data.pull(LiveDataset("entsoe", "load", "DE_LU"), "2024-05-02", "2024-05-03", options)
    [request] = map(parameters_of, site.requested)
    assert request == {
        "documentType": "A65",
        "processType": "A16",
        "outBiddingZone_Domain": "10Y1001A1001A82H",
        "out_Domain": "10Y1001A1001A82H",
        "securityToken": KEY,
        # The local day of the area.
        "periodStart": "202405012200",
        "periodEnd": "202405022200",
    }
    [(file_format, options, uri, rows)] = stored
    assert uri == "entsoe://DE_LU/load?start=2024-05-02&end=2024-05-03"
    assert [row["value"] for row in rows] == [40.5, 40.5, 41.5, 41.5]
    assert {(row["node"], row["metric"], row["unit"], row["resolution"]) for row in rows} == {
        ("DE_LU", "load", "MW", "PT1H")
    }
    assert {before <= row["collected_at"] <= datetime.now(UTC) for row in rows} == {True}
    assert file_format.collected_at_basis(options.read) == "observed"
    assert file_format.source(options.read) == "entsoe"
    assert file_format.time_zone_of("DE_LU") == "Europe/Berlin"


def test_a_long_range_is_several_requests_and_one_load(answers: Any, stored: list[Any]) -> None:
    def answer(request: dict[str, str]) -> Recorded:
        at = datetime.strptime(request["periodStart"], "%Y%m%d%H%M")
        if at.day == 28:
            return Recorded(NO_DATA, headers=XML)
        return hours(f"{at:%Y-%m-%dT}00:00Z", f"{at:%Y-%m-%dT}04:00Z")

    site = answers(answer)
    live_data.pull(LiveDataset("ENTSOE", "load", "DE_LU"), "2024-01-01", "2024-03-01")
    starts = [parameters_of(path)["periodStart"] for path in site.requested]
    assert starts == ["202312312300", "202401282300", "202402252300"]
    [(_, _, _, rows)] = stored
    assert sorted({row["interval_start"].date().isoformat() for row in rows}) == ["2023-12-31", "2024-02-25"]


def test_prices_and_forecasts_have_their_own_documents(answers: Any, stored: list[Any]) -> None:
    prices = series("2024-05-01T22:00Z", "2024-05-02T22:00Z", "PT60M", {1: 55.0}, price())
    site = answers(lambda _: Recorded(document("A01", "A44", prices, value="price.amount"), headers=XML))
    live_data.pull(LiveDataset("ENTSOE", "day_ahead_prices", "DE_LU"), "2024-05-02")
    assert len(stored[0][3]) == 24
    assert {(row["metric"], row["unit"], row["value"]) for row in stored[0][3]} == {("price", "EUR/MWh", 55.0)}
    assert "classificationSequence_AttributeInstanceComponent.position=1" in site.requested[0]
    answers(lambda _: hours("2024-05-01T22:00Z", "2024-05-02T22:00Z", "A01"))
    live_data.pull(LiveDataset("ENTSOE", "load_forecast", "DE_LU"), "2024-05-02")
    assert {row["metric"] for row in stored[1][3]} == {"load_forecast"}


@pytest.mark.parametrize(
    ("status", "headers", "message"),
    [
        (429, {"Retry-After": "60"}, "limits the number of requests. Wait 60 seconds, then fetch fewer days."),
        (401, {}, "refuses the request. Check the key in the environment."),
        (503, {}, "is not available now. Retry in some minutes."),
    ],
)
def test_what_the_platform_refuses_is_reported_without_the_key(
    answers: Any, stored: list[Any], status: int, headers: dict[str, str], message: str
) -> None:
    answers(lambda _: Recorded("<html/>", status, headers))
    with pytest.raises(LoadError) as caught:
        live_data.pull(LiveDataset("ENTSOE", "load", "DE_LU"), "2024-05-02")
    assert str(caught.value).startswith("ENTSOE DE_LU load could not be fetched (HTTPError")
    assert str(caught.value).endswith(message)
    assert KEY not in str(caught.value)
    assert not stored


def test_a_connection_that_fails_is_reported_without_the_key(
    answers: Any, stored: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(lambda _: Recorded())
    monkeypatch.setattr("entsoe.entsoe.URL", "http://127.0.0.1:1/api")
    with pytest.raises(LoadError, match="could not be fetched") as caught:
        live_data.pull(LiveDataset("ENTSOE", "load", "DE_LU"), "2024-05-02")
    assert KEY not in str(caught.value)


def test_no_rows_and_no_key_are_reported(answers: Any, stored: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    answers(lambda _: Recorded(NO_DATA, headers=XML))
    with pytest.raises(LoadError, match="ENTSOE DE_LU load has no rows from 2024-05-02"):
        live_data.pull(LiveDataset("ENTSOE", "load", "DE_LU"), "2024-05-02")
    monkeypatch.delenv("ENTSOE_API_KEY")
    settings.cache_clear()
    with pytest.raises(LoadError, match=r"needs a key\. Set ENTSOE_API_KEY"):
        live_data.pull(LiveDataset("ENTSOE", "load", "DE_LU"), "2024-05-02")


@pytest.mark.parametrize(
    ("iso", "dataset", "options", "message"),
    [
        ("ENTSOE", "load", {}, "needs an area, such as DE_LU"),
        ("ENTSOE", "loda", {"area": "DE_LU"}, "no dataset loda. Did you mean load?"),
        ("ENTSOE", "load", {"area": "DE-LU"}, "no area DE-LU. Did you mean DE_LU"),
        ("ENTSOE", "load", {"area": "DE_LU", "metric": "load"}, "state metric and resolution"),
        ("CAISO", "load", {"area": "DE_LU"}, "CAISO has no areas"),
    ],
)
def test_names_that_do_not_exist_are_wrong_usage(iso: str, dataset: str, options: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        live_data.pull(LiveDataset(iso, dataset, **options), "2024-05-02")


def test_forecasts_are_fetched_into_the_future() -> None:
    now = datetime.now(UTC)

    def end(name: str) -> datetime:
        return datetime.fromisoformat(live_data.end_of_what_is_there(LiveDataset("ENTSOE", name, "BE")))

    assert end("load") <= datetime.now(UTC)
    assert (end("day_ahead_prices") - now).days >= 1
