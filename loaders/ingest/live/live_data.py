"""Fetch live data and load them: of a market through gridstatus, of an area through ENTSO-E."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from loaders.database.connection import connect
from loaders.database.sql_files import read_sql
from loaders.errors import UsageError
from loaders.ingest.live import entsoe_fetch, gridstatus_fetch
from loaders.ingest.live.dataset import LiveDataset
from loaders.ingest.options import IngestOptions, IngestResult

DEFAULTS = IngestOptions()


def pull(dataset: LiveDataset, start: str, end: str | None = None, options: IngestOptions = DEFAULTS) -> IngestResult:
    """Fetch a dataset for [start, end), and load it as one load.

    start and end are dates or times as ISO 8601; without an end it is one day. The dataset decides on the format and on
    how it is read, whatever the options say. Raises UsageError for invalid dates and names, LoadError when the library
    is missing or the site fails; nothing is stored then.
    """
    _check_dates(start, end)
    check_dataset(dataset)
    return _library(dataset).pull(dataset, start, end, options)


def check_dataset(dataset: LiveDataset) -> None:
    """Raise UsageError where an area is missing or not possible, or a dataset of ENTSO-E does not exist."""
    if dataset.iso.upper() != entsoe_fetch.MARKET:
        if dataset.area is not None:
            raise UsageError(f"{dataset.iso} has no areas; only {entsoe_fetch.MARKET} has. Leave out the area.")
        return
    if dataset.area is None:
        raise UsageError(f"{entsoe_fetch.MARKET} needs an area, such as DE_LU. State it.")
    if dataset.metric is not None or dataset.resolution is not None:
        raise UsageError("The documents of ENTSO-E state metric and resolution. Leave out both.")
    entsoe_fetch.find_query(dataset.name)


def start_since_last(dataset: LiveDataset, first_start: str | None, overlap_days: int = 1) -> str:
    """Return the day from which to fetch what is new: that many days before the end of what was pulled.

    first_start: where to begin if nothing was pulled yet. The days that overlap bring what was corrected meanwhile.
    Raises UsageError where nothing was pulled and first_start is None.
    """
    library = _library(dataset)
    source = dataset.source or library.SOURCE
    parameters = {"uri_start": f"{library.address(dataset)}?", "source": source}
    with connect() as connection:
        row = connection.execute(read_sql("loaders.ingest", "newest_pull"), parameters).fetchone()
    reached: datetime | None = row[0] if row else None
    if reached is not None:
        return (reached.astimezone(UTC) - timedelta(days=overlap_days)).date().isoformat()
    if first_start is None:
        raise UsageError(f"No load of {dataset} of the source {source} exists yet. State where to begin with --start.")
    return first_start


def end_of_what_is_there(dataset: LiveDataset) -> str:
    """Return until when to fetch what is there now. Forecasts of ENTSO-E are requested by the time they are for."""
    end = datetime.now(UTC) if dataset.area is None else entsoe_fetch.default_end(dataset.name)
    return end.isoformat(timespec="seconds")


def _library(dataset: LiveDataset) -> Any:
    return gridstatus_fetch if dataset.area is None else entsoe_fetch


def _check_dates(start: str, end: str | None) -> None:
    times = []
    for text in (start, end):
        try:
            times.append(None if text is None else datetime.fromisoformat(text))
        except ValueError:
            raise UsageError(f"{text} is not a date. Write for example {date(2024, 5, 1)}.") from None
    first, last = times
    if first and last and (first.tzinfo is None) == (last.tzinfo is None) and last <= first:
        raise UsageError(f"The end {end} is not after the start {start}.")
