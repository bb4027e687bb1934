"""Enter corrected values: a load like any other, of the same series, with who and why in the ledger."""

import getpass
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

import psycopg
import pyarrow as pa

from loaders.archive.restore import bring_back, only_archived
from loaders.canonical.times import UTC_TIMESTAMP, parse_timestamp
from loaders.database.connection import connect
from loaders.database.sql_files import read_sql
from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions
from loaders.ingest.interval_lengths import length_in_seconds
from loaders.ingest.pipeline import IngestOptions, ingest_table
from loaders.ingest.series_matching import series_label
from loaders.registry.lookup import Registry, SeriesKey
from loaders.registry.selection import choose_one

SOURCE = "correction"  # the source of the load; the series keeps its own


@dataclass(frozen=True)
class CorrectedValue:
    """One interval: the value before (as of the correction's collected_at) and the value entered.

    is_newest: False if a later collected revision exists, so that latest does not change.
    """

    interval_start: datetime
    before: float | None
    value: float | None
    is_newest: bool


@dataclass(frozen=True)
class Correction:
    """The result of a correction. load_id is None and values is empty if nothing differed.

    status: accepted, held (failures has the rules), unchanged, or the status of an earlier load with the same content.
    """

    series: SeriesKey
    unit: str
    collected_at: datetime
    load_id: int | None
    status: str
    values: list[CorrectedValue]
    failures: list[str]

    @property
    def sentences(self) -> list[str]:
        """Return the result for people: a line per value, then the load; without full stops."""
        if self.load_id is None:
            return [f"{series_label(self.series)} already has these values; nothing was changed"]
        lines = []
        for value in self.values:
            before, after = ("null" if number is None else f"{number:.10g}" for number in (value.before, value.value))
            later = "" if value.is_newest else " (a value collected later stays the latest)"
            start = f"{value.interval_start:%Y-%m-%dT%H:%M}Z"
            lines.append(f"{series_label(self.series)} {start}: {before} -> {after} {self.unit}{later}")
        failures = f": {'; '.join(self.failures)}" if self.failures else ""
        decide = "" if self.status == "accepted" else ". Decide with accept or withdraw"
        return [*lines, f"Load {self.load_id} is {self.status}{failures}{decide}"]


def correct(
    values: Mapping[str | datetime, float | None],
    *,
    node: str | None = None,
    grid: str | None = None,
    region: str | None = None,
    metric: str | None = None,
    source: str | None = None,
    resolution: str | None = None,
    why: str,
    who: str | None = None,
    collected_at: str | datetime | None = None,
    new: bool = False,
) -> Correction:
    """Enter corrected values as one load. The former values stay in the history; the gate checks the load.

    The names may be fewer than six if they identify one series.

    Args:
        values: Start of the interval (with an offset) → value in the unit of the series; None withdraws the value.
        node: Node of the series.
        grid: Grid of the series.
        region: Region of the series.
        metric: Metric of the series.
        source: Source of the series.
        resolution: Resolution of the series, such as PT15M.
        why: Reason for the ledger.
        who: Name for the ledger; None is the user of this process.
        collected_at: Knowledge time of the values (with an offset); None is now, with the basis observed.
        new: Also enter values of intervals that have none.

    Returns:
        The series, the load, and each value before and after.

    Raises:
        RegistryError: The names match no series or several; nothing is stored.
        UsageError: A value, a time or the reason is invalid; nothing is stored.
        LoadError: An interval has no value to correct, or the load failed; nothing is stored.

    Examples:
        >>> import loaders
        >>> correction = loaders.correct(
        ...     {"2026-03-01T00:00Z": 805.0}, node="Harbour", metric="load", why="meter exchanged"
        ... )
        >>> [(value.before, value.value) for value in correction.values]
        [(812.5, 805.0)]
    """
    if not why.strip():
        raise UsageError("A correction needs a reason. Enter one with --why.")
    if not values:
        raise UsageError("Enter at least one interval and its value.")
    collected = datetime.now(UTC) if collected_at is None else parse_timestamp(collected_at, "collected_at")
    entered = {parse_timestamp(start, "interval"): _checked(value) for start, value in values.items()}
    names = {"grid": grid, "region": region, "node": node, "metric": metric, "source": source, "resolution": resolution}
    with connect() as connection:
        registry = Registry.read(connection)
        key = SeriesKey(*choose_one(list(registry.series), names))
        series = registry.series[key]
        months = {start.astimezone(UTC).date().replace(day=1) for start in entered}
        if archived := only_archived(connection, months):
            bring_back(archived, "a value of them is corrected")
        corrected = _compare(connection, series.series_id, entered, collected)
    if not new:
        _refuse_new(key, corrected)
    changed = [value for value, exists in corrected if not exists or value.before != value.value]
    if not changed:
        return Correction(key, series.unit, collected, None, "unchanged", [], [])
    who = who or getpass.getuser()
    options = IngestOptions(
        format="long",
        read=ReadOptions(
            source=SOURCE,
            blanks="withdrawn",
            valid=tuple(str(value.value) for value in changed if value.value is not None),
        ),
        max_rejects=0,
        collected_at_basis="observed" if collected_at is None else "published",
        who=who,
        why=why.strip(),
    )
    result, verdict = ingest_table(_rows(key, changed, collected), _uri(key, who, collected), options)
    failures = [f"{failure.rule} ({failure.rule_description})" for failure in verdict.failures] if verdict else []
    return Correction(key, series.unit, collected, result.load_id, result.status, changed, failures)


def _checked(value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise UsageError(f"{value} is not a valid value. Enter a number, or null to withdraw the value.")
    return None if value is None else float(value)


def _compare(
    connection: psycopg.Connection, series_id: int, entered: Mapping[datetime, float | None], collected: datetime
) -> list[tuple[CorrectedValue, bool]]:
    """Compare each value with the value before, and return whether there was one."""
    starts = sorted(entered)
    rows = connection.execute(
        read_sql(__package__, "effective_revisions"), {"series_id": series_id, "starts": starts}
    ).fetchall()
    compared = []
    for start in starts:
        revisions = [(at, value) for row_start, at, value in rows if row_start == start]
        before = [number for at, number in revisions if at <= collected]
        is_newest = all(at <= collected for at, _ in revisions)
        value = CorrectedValue(start, before[-1] if before else None, entered[start], is_newest)
        compared.append((value, bool(before)))
    return compared


def _refuse_new(key: SeriesKey, corrected: list[tuple[CorrectedValue, bool]]) -> None:
    missing = [value.interval_start for value, exists in corrected if not exists]
    if missing:
        raise LoadError(
            f"{series_label(key)} has no value at {missing[0]:%Y-%m-%dT%H:%M}Z to correct (its resolution is"
            f" {key.resolution}). Correct the time, or enter a first value with --new (new=True)."
        )


def _rows(key: SeriesKey, values: list[CorrectedValue], collected: datetime) -> pa.Table:
    count, names = len(values), key._asdict()
    if not length_in_seconds(key.resolution):
        del names["resolution"]  # registered, but no row can state it
    return pa.table(
        {
            **{name: pa.array([text] * count, pa.string()) for name, text in names.items()},
            "interval_start": pa.array([value.interval_start for value in values], UTC_TIMESTAMP),
            "collected_at": pa.array([collected] * count, UTC_TIMESTAMP),
            "value": pa.array([value.value for value in values], pa.float64()),
        }
    )


def _uri(key: SeriesKey, who: str, collected: datetime) -> str:
    path = "/".join(quote(text, safe=" ") for text in (who, *key))
    return f"correction://{path}?collected_at={collected:%Y-%m-%dT%H:%M:%S.%fZ}"
