"""Fetch live data and load them: of a market through gridstatus, of an area through ENTSO-E."""

from datetime import UTC, date, datetime, timedelta

from loaders.database.connection import connect
from loaders.database.sql_files import read_sql
from loaders.errors import UsageError
from loaders.ingest import entsoe_fetch, gridstatus_fetch
from loaders.ingest.options import IngestResult


def pull(
    iso: str,
    dataset: str,
    start: str,
    end: str | None = None,
    *,
    area: str | None = None,
    source: str | None = None,
    metric: str | None = None,
    resolution: str | None = None,
    create_missing: bool = False,
    max_rejects: float | int = 0.1,
    dry_run: bool = False,
) -> IngestResult:
    """Fetch a dataset of a market or of an area of ENTSO-E for [start, end), and load it as one load.

    start and end are dates or times as ISO 8601; without an end it is one day. Raises UsageError for invalid dates and
    names, LoadError when the library is missing or the site fails; nothing is stored then.
    """
    _check_dates(start, end)
    check_market(iso, dataset, area, metric, resolution)
    if area is not None:
        return entsoe_fetch.pull(
            area,
            dataset,
            start,
            end,
            source=source,
            create_missing=create_missing,
            max_rejects=max_rejects,
            dry_run=dry_run,
        )
    return gridstatus_fetch.pull(
        iso,
        dataset,
        start,
        end,
        source=source,
        metric=metric,
        resolution=resolution,
        create_missing=create_missing,
        max_rejects=max_rejects,
        dry_run=dry_run,
    )


def check_market(
    iso: str, dataset: str, area: str | None, metric: str | None = None, resolution: str | None = None
) -> None:
    """Raise UsageError where an area is missing or not possible, or a dataset of ENTSO-E does not exist."""
    if iso.upper() != entsoe_fetch.MARKET:
        if area is not None:
            raise UsageError(f"{iso} has no areas; only {entsoe_fetch.MARKET} has. Leave out the area.")
        return
    if area is None:
        raise UsageError(f"{entsoe_fetch.MARKET} needs an area, such as DE_LU. State it.")
    if metric is not None or resolution is not None:
        raise UsageError("The documents of ENTSO-E state metric and resolution. Leave out both.")
    entsoe_fetch.find_dataset(dataset)


def start_since_last(
    iso: str,
    dataset: str,
    source: str | None,
    first_start: str | None,
    overlap_days: int = 1,
    area: str | None = None,
) -> str:
    """Return the day from which to fetch what is new: that many days before the end of what was pulled.

    first_start: where to begin if nothing was pulled yet. The days that overlap bring what was corrected meanwhile.
    Raises UsageError where nothing was pulled and first_start is None.
    """
    source = source or (gridstatus_fetch.SOURCE if area is None else entsoe_fetch.SOURCE)
    begin = gridstatus_fetch.address(iso, dataset) if area is None else entsoe_fetch.address(area, dataset)
    parameters = {"uri_start": f"{begin}?", "source": source}
    with connect() as connection:
        row = connection.execute(read_sql("loaders.ingest", "newest_pull"), parameters).fetchone()
    reached: datetime | None = row[0] if row else None
    if reached is not None:
        return (reached.astimezone(UTC) - timedelta(days=overlap_days)).date().isoformat()
    if first_start is None:
        name = f"{iso.upper()} {area}" if area else iso.upper()
        raise UsageError(
            f"No load of {name} {dataset} of the source {source} exists yet. State where to begin with --start."
        )
    return first_start


def end_of_what_is_there(dataset: str, area: str | None) -> str:
    """Return until when to fetch what is there now. Forecasts of ENTSO-E are requested by the time they are for."""
    end = datetime.now(UTC) if area is None else entsoe_fetch.default_end(dataset)
    return end.isoformat(timespec="seconds")


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
