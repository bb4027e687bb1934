"""Fetch documents of the ENTSO-E transparency platform through the library entsoe-py, and load them.

The library makes the requests; the documents are read as files of the formats entsoe-load, entsoe-prices and
entsoe-generation are, so that units, resolutions and curves are those of the document.
"""

import logging
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions, format_named
from loaders.ingest.live.dataset import LiveDataset
from loaders.ingest.live.gridstatus_worker import advice, describe
from loaders.ingest.options import IngestOptions, IngestResult
from loaders.ingest.pipeline import gate_pending_loads, ingest_file
from loaders.messages import suggest_names
from loaders.settings import settings

MARKET, SOURCE = "ENTSOE", "entsoe"
# Below the limits of the platform: a year, and 100 documents of prices, for each request.
WINDOW = timedelta(days=28)
TIMEOUT_SECONDS = 60
RETRY_SECONDS = 10
# The zones whose first auction the platform publishes next to others.
_SEVERAL_AUCTIONS = ("DE_LU", "AT")


@dataclass(frozen=True)
class EntsoeQuery:
    """A query of the library, and the format of what it returns. ahead: how far its values reach into the future."""

    query: str
    format: str
    parameters: dict[str, str] = field(default_factory=dict)
    ahead: timedelta = timedelta()


DATASETS = {
    "load": EntsoeQuery("query_load", "entsoe-load"),
    "load_forecast": EntsoeQuery("query_load_forecast", "entsoe-load", ahead=timedelta(days=2)),
    "load_forecast_week_ahead": EntsoeQuery(
        "query_load_forecast", "entsoe-load", {"process_type": "A31"}, timedelta(days=15)
    ),
    "day_ahead_prices": EntsoeQuery("query_day_ahead_prices", "entsoe-prices", ahead=timedelta(days=2)),
    "generation": EntsoeQuery("query_generation", "entsoe-generation"),
    "wind_and_solar_forecast": EntsoeQuery(
        "query_wind_and_solar_forecast", "entsoe-generation", ahead=timedelta(days=2)
    ),
}


def pull(dataset: LiveDataset, start: str, end: str | None, options: IngestOptions) -> IngestResult:
    """Fetch a dataset of an area for [start, end), dates or times as ISO 8601, and load it as one load.

    A time without an offset is local to the area. The knowledge time is the time of the call (basis observed), because
    the documents state when they were made for the request. Raises UsageError for an unknown dataset or area, LoadError
    when the platform fails or has no rows; nothing is stored then.
    """
    query = find_query(dataset.name)
    requested_at = datetime.now(UTC)
    started = time.monotonic()
    assert dataset.area is not None
    zone = _zone(dataset.area)
    documents = _fetch(dataset.area, dataset.name, query, _windows(start, end, zone))
    if not documents:
        raise LoadError(f"{dataset} has no rows from {start}{f' to {end}' if end else ''}.")
    read = ReadOptions(source=dataset.source or SOURCE, collected_at=requested_at)
    options = replace(options, format=query.format, read=read)
    uri = f"{address(dataset)}?start={start}" + (f"&end={end}" if end else "")
    gate_pending_loads()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{dataset.area}-{dataset.name}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, document in enumerate(documents, 1):
                archive.writestr(f"{number}.xml", document)
        # The zone of a grid that is new.
        file_format = replace(format_named(query.format), time_zone_of=lambda grid: zone)
        result, verdict = ingest_file(path, file_format, options, uri=uri)
    return IngestResult(uri, time.monotonic() - started, result, verdict)


def address(dataset: LiveDataset) -> str:
    """Return how the uri of the loads of a dataset begins."""
    return f"entsoe://{dataset.area}/{dataset.name}"


def find_query(name: str) -> EntsoeQuery:
    """Return the query of a dataset. Raises UsageError."""
    if name not in DATASETS:
        raise UsageError(f"ENTSO-E has no dataset {name}. {suggest_names(name, DATASETS)}")
    return DATASETS[name]


def default_end(name: str) -> datetime:
    """Return until when to fetch what is there now: a forecast reaches into the future."""
    return datetime.now(UTC) + find_query(name).ahead


def _fetch(area: str, name: str, query: EntsoeQuery, windows: Iterator[tuple[Any, Any]]) -> list[str]:
    """Return the documents, one for each window that has data. Raises LoadError."""
    from entsoe import EntsoeRawClient
    from entsoe.exceptions import NoMatchingDataError

    key = settings().entsoe_api_key
    if key is None:
        raise LoadError("ENTSO-E needs a key. Set ENTSOE_API_KEY to the security token of your account there.")
    client = EntsoeRawClient(
        api_key=key.get_secret_value(), timeout=TIMEOUT_SECONDS, retry_count=3, retry_delay=RETRY_SECONDS
    )
    parameters: dict[str, Any] = dict(query.parameters)
    if name == "day_ahead_prices" and area in _SEVERAL_AUCTIONS:
        parameters["sequence"] = 1
    documents = []
    for first, last in windows:
        try:
            documents.append(getattr(client, query.query)(area, start=first, end=last, **parameters))
        except NoMatchingDataError:
            logging.getLogger(__name__).info("ENTSOE %s %s has no rows from %s to %s", area, name, first, last)
        except Exception as error:
            reason = describe(error)
            raise LoadError(f"ENTSOE {area} {name} could not be fetched ({reason}). {advice(error)}") from None
    return documents


def _windows(start: str, end: str | None, zone: str) -> Iterator[tuple[Any, Any]]:
    """Yield the pandas timestamps of the requests."""
    import pandas as pd

    def read(text: str) -> pd.Timestamp:
        at = pd.Timestamp(text)
        return at.tz_localize(zone) if at.tzinfo is None else at

    first = read(start)
    limit = read(end) if end else first + pd.DateOffset(days=1)
    while first < limit:
        last = min(first + WINDOW, limit)
        yield first, last
        first = last


def _zone(area: str) -> str:
    from entsoe.mappings import Area

    if area not in Area.__members__:
        raise UsageError(f"ENTSO-E has no area {area}. {suggest_names(area, Area.__members__)}")
    return str(Area[area].tz)
