"""A measure that a person puts right: a load like any other, of the same series, with who and why in the ledger."""

import getpass
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

import psycopg
import pyarrow as pa

from loaders.canonical.times import read_instant
from loaders.database.connection import connect
from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions
from loaders.ingest.pipeline import IngestOptions, ingest_table
from loaders.registry.lookup import Registry, SeriesKey, choose_one

SOURCE = "correction"  # who delivered it; the series keeps its own source

# Every revision of the intervals that counts now, oldest first; of one key the newest load last.
REVISIONS = """
select measures.interval_start, measures.collected_at, measures.value
from raw.measures
where
    measures.series_id = %(series_id)s
    and measures.interval_start = any(%(starts)s)
    and exists (
        select from raw.loads
        where
            loads.status = 'accepted'
            and (
                loads.load_id = measures.load_id
                or exists (
                    select from raw.redelivered_rows as repeated
                    where repeated.load_id = loads.load_id and repeated.row_ids @> measures.row_id
                )
            )
    )
order by measures.interval_start, measures.collected_at, measures.load_id
"""


@dataclass(frozen=True)
class CorrectedValue:
    """One interval: the value known before (as known at the correction's collected_at) and the one entered now.

    is_newest: false where a revision collected later is known, so that latest does not change.
    """

    interval_start: datetime
    before: float | None
    value: float | None
    is_newest: bool


@dataclass(frozen=True)
class Correction:
    """What became of it. load_id is None and values empty when all was known so already.

    status: accepted, held (failures says why), unchanged, or that of an earlier load that said exactly the same.
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
        """What became of it, for people: a line for each value, then the load; without full stops."""
        if self.load_id is None:
            return [f"{named(self.series)} was known so already; nothing changed"]
        lines = []
        for value in self.values:
            before, after = ("null" if number is None else f"{number:.10g}" for number in (value.before, value.value))
            later = "" if value.is_newest else " (a value collected later stays the latest)"
            start = f"{value.interval_start:%Y-%m-%dT%H:%M}Z"
            lines.append(f"{named(self.series)} {start}: {before} -> {after} {self.unit}{later}")
        failures = f": {'; '.join(self.failures)}" if self.failures else ""
        decide = "" if self.status == "accepted" else "; decide with accept or withdraw"
        return [*lines, f"Load {self.load_id} is {self.status}{failures}{decide}"]


def correct(
    values: Mapping[str | datetime, float | None],
    *,
    node: str | None = None,
    grid: str | None = None,
    region: str | None = None,
    metric: str | None = None,
    source: str | None = None,
    why: str,
    who: str | None = None,
    collected_at: str | datetime | None = None,
    new: bool = False,
) -> Correction:
    """Enter values by the start of their interval, in the unit of the series; None takes a number back. One load.

    The names may be fewer than five where they tell one series. Times carry an offset. collected_at: when the value
    became known; left out, it is now (basis observed). new: also intervals of which nothing is known yet. who: left
    out, the user of this process. Both values stay; the load passes the gate like any other.
    Raises RegistryError for an unknown series, UsageError or LoadError for what makes no sense; nothing is stored then.
    """
    if not why.strip():
        raise UsageError("A correction needs a reason; give one with --why.")
    if not values:
        raise UsageError("Name at least one interval and its value.")
    known_at = datetime.now(UTC) if collected_at is None else read_instant(collected_at, "collected_at")
    wanted = {read_instant(start, "interval"): _checked(value) for start, value in values.items()}
    names = {"grid": grid, "region": region, "node": node, "metric": metric, "source": source}
    with connect() as connection:
        registry = Registry.read(connection)
        key = SeriesKey(*choose_one([tuple(vars(each).values()) for each in registry.series], names))
        series = registry.series[key]
        corrected = _compare(connection, series.series_id, wanted, known_at)
    if not new:
        _refuse_new(key, series.resolution, corrected)
    fresh = [value for value, is_known in corrected if not is_known or value.before != value.value]
    if not fresh:
        return Correction(key, series.unit, known_at, None, "unchanged", [], [])
    who = who or getpass.getuser()
    options = IngestOptions(
        "long",
        ReadOptions(source=SOURCE),
        max_rejects=0,
        collected_at_basis="observed" if collected_at is None else "published",
        who=who,
        why=why.strip(),
    )
    result, verdict = ingest_table(_rows(key, fresh, known_at), _uri(key, who, known_at), options)
    failures = [f"{failure.rule} ({failure.rule_description})" for failure in verdict.failures] if verdict else []
    return Correction(key, series.unit, known_at, result.load_id, result.status, fresh, failures)


def _checked(value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise UsageError(f"{value} is no value; give a number, or None to take the number back.")
    return None if value is None else float(value)


def _compare(
    connection: psycopg.Connection, series_id: int, wanted: Mapping[datetime, float | None], known_at: datetime
) -> list[tuple[CorrectedValue, bool]]:
    """Each value beside what was known, and whether anything was."""
    starts = sorted(wanted)
    rows = connection.execute(REVISIONS, {"series_id": series_id, "starts": starts}).fetchall()
    compared = []
    for start in starts:
        revisions = [(at, value) for row_start, at, value in rows if row_start == start]
        before = [value for at, value in revisions if at <= known_at]
        is_newest = all(at <= known_at for at, _ in revisions)
        told = CorrectedValue(start, before[-1] if before else None, wanted[start], is_newest)
        compared.append((told, bool(before)))
    return compared


def _refuse_new(key: SeriesKey, resolution: str, corrected: list[tuple[CorrectedValue, bool]]) -> None:
    missing = [value.interval_start for value, is_known in corrected if not is_known]
    if missing:
        raise LoadError(
            f"Of {named(key)} nothing was known at {missing[0]:%Y-%m-%dT%H:%M}Z that could be corrected (its intervals"
            f" are {resolution} long); mend the time, or enter a first value with --new (new=True)."
        )


def named(key: SeriesKey) -> str:
    """A series as people read it."""
    return f"{key.grid}/{key.region}/{key.node} {key.metric} ({key.source})"


def _rows(key: SeriesKey, values: list[CorrectedValue], known_at: datetime) -> pa.Table:
    count, instant = len(values), pa.timestamp("us", "UTC")
    return pa.table(
        {
            **{name: pa.array([text] * count, pa.string()) for name, text in vars(key).items()},
            "interval_start": pa.array([each.interval_start for each in values], instant),
            "collected_at": pa.array([known_at] * count, instant),
            "value": pa.array([each.value for each in values], pa.float64()),
        }
    )


def _uri(key: SeriesKey, who: str, known_at: datetime) -> str:
    place = "/".join(quote(text, safe=" ") for text in (who, key.grid, key.region, key.node, key.metric, key.source))
    return f"correction://{place}?collected_at={known_at:%Y-%m-%dT%H:%M:%S.%fZ}"
