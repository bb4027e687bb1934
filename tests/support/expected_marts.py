"""What the marts should say, computed plainly from everything reported: loops over small data, no SQL, no windows."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from math import isclose, sqrt
from typing import NamedTuple
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
LENGTHS = {"PT5M": HOUR / 12, "PT15M": HOUR / 4, "PT30M": HOUR / 2, "PT1H": HOUR, "P1D": DAY}
# The nominal lengths of weeks, months and years put them in order.
LENGTHS |= {"P7D": 7 * DAY, "P1M": 30 * DAY, "P1Y": 365 * DAY}


class Metric(NamedTuple):
    """How a metric's values are to be taken."""

    unit: str
    aggregation: str
    actual_metric: str | None


class Series(NamedTuple):
    """One series by its names, with the zone of its grid."""

    grid: str
    zone: str
    region: str
    node: str
    metric: str
    source: str
    resolution: str

    @property
    def names(self) -> tuple[str, ...]:
        return (self.grid, self.region, self.node, self.metric, f"{self.source} {self.resolution}")

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.zone))

    def end(self, start: datetime) -> datetime:
        if self.resolution.startswith("PT"):
            return start + LENGTHS[self.resolution]
        local = self.local(start).replace(tzinfo=None)
        if self.resolution == "P1M":
            return instant((local + 31 * DAY).replace(day=1), self.zone)
        if self.resolution == "P1Y":
            return instant(local.replace(year=local.year + 1), self.zone)
        return instant(local + LENGTHS[self.resolution], self.zone)


class Revision(NamedTuple):
    """One reported value; None means withdrawn."""

    collected_at: datetime
    value: float | None


Home = Callable[[Series, datetime], tuple]
Chains = dict[Series, dict[datetime, list[Revision]]]


@dataclass
class Reported:
    """Each load's rows in order of arrival, and which loads count."""

    rows: dict[int, dict[tuple[Series, datetime, datetime], float | None]] = field(default_factory=dict)
    accepted: set[int] = field(default_factory=set)

    def chains(self, known_at: datetime | None = None) -> Chains:
        """The revisions of each series and interval, oldest first; the later load has the last word on a key."""
        words = {}
        for load_id in sorted(self.accepted):
            words |= self.rows[load_id]
        chains: Chains = defaultdict(lambda: defaultdict(list))
        for (series, start, collected), value in sorted(words.items(), key=lambda item: item[0][1:]):
            if known_at is None or collected <= known_at:
                chains[series][start].append(Revision(collected, value))
        return chains


def instant(naive: datetime, zone: str) -> datetime:
    """UTC of a local time; a repeated hour is the second one, a skipped one moves on."""
    offsets = [naive.replace(tzinfo=ZoneInfo(zone), fold=fold).utcoffset() for fold in (0, 1)]
    return (naive - min(offsets)).replace(tzinfo=UTC)


def at_cutoff(chains: Chains, cutoffs: list[tuple[str, int, time, str | None]]) -> Iterator[tuple]:
    """names, cut-off, interval_start -> delivery date, cut-off moment, value, collected_at."""
    for series, intervals in chains.items():
        general = {name: rest for name, *rest, grid in cutoffs if grid is None}
        chosen = general | {name: rest for name, *rest, grid in cutoffs if grid == series.grid}
        for start, chain in intervals.items():
            day = series.local(start).date()
            for name, (days, clock) in chosen.items():
                moment = instant(datetime.combine(day - timedelta(days=days), clock), series.zone)
                known = [revision for revision in chain if revision.collected_at <= moment]
                if known:
                    yield (*series.names, name, start, day, moment, known[-1].value, known[-1].collected_at)


def total(values: list[float | None], unit: str) -> float | None:
    """Shorter intervals made one: energy adds up, all else is averaged, and nothing is made of a part."""
    if any(value is None for value in values):
        return None
    return sum(values) if unit.endswith("Wh") and "/" not in unit else sum(values) / len(values)


def ratio(size: float | None, base: float | None) -> float | None:
    return None if size is None or base is None or abs(base) < 1e-6 else abs(size) / abs(base)


def actual_series(series: Series, everything: list[Series], metrics: dict[str, Metric]) -> list[Series]:
    """The series to compare with, best first: all resolutions of one source. everything: in order of registration."""
    wanted = metrics[series.metric].actual_metric
    if wanted is None:
        return [series]
    fitting = [
        other
        for other in everything
        if (other.grid, other.region, other.node, other.metric) == (series.grid, series.region, series.node, wanted)
        and metrics[wanted].unit == metrics[series.metric].unit
        and LENGTHS[other.resolution] <= LENGTHS[series.resolution]
        and fits(other.resolution, series.resolution, metrics[wanted].unit)
    ]
    fitting.sort(key=lambda other: (other.source != series.source, other.resolution != series.resolution))
    of_source = [other for other in fitting if other.source == fitting[0].source]
    return sorted(of_source, key=lambda other: (other.resolution != series.resolution, LENGTHS[other.resolution]))


def fits(actual: str, forecast: str, unit: str) -> bool:
    """Whether intervals of an actual make one of a forecast: a mean needs parts of one length, which days are not."""
    return actual == forecast or actual.startswith("PT") or (actual == "P1D" and unit == "MWh")


def accuracy(
    chains: Chains, everything: list[Series], metrics: dict[str, Metric], levels: list[tuple[str, float]]
) -> Iterator[tuple]:
    """names, interval_start, collected_at, lead hours, actual's source, forecast, actual, error, relative, level."""
    for series, intervals in chains.items():
        candidates = actual_series(series, everything, metrics)
        for start, chain in intervals.items():
            end = series.end(start)
            if candidates == [series]:
                against = series
                if chain[-1].collected_at < end:
                    continue
                actual = chain[-1].value
                forecasts = [revision for revision in chain if revision.collected_at < end]
            else:
                against, parts = covering(candidates, chains, start, end)
                if against is None:
                    continue
                actual, forecasts = total(parts, metrics[against.metric].unit), chain
            for collected, value in forecasts:
                error = None if value is None or actual is None else value - actual
                relative = ratio(error, actual)
                reached = [name for name, bound in levels if relative is not None and relative >= bound]
                lead = (start - collected) / HOUR
                level = reached[-1] if reached else None
                yield (
                    *series.names,
                    start,
                    collected,
                    lead,
                    f"{against.source} {against.resolution}",
                    value,
                    actual,
                    error,
                    relative,
                    level,
                )


def covering(
    candidates: list[Series], chains: Chains, start: datetime, end: datetime
) -> tuple[Series | None, list[float | None]]:
    """The first series that covers an interval, with its values; one of which nothing was withdrawn comes before."""
    covers = []
    for series in candidates:
        parts = {at: reported[-1].value for at, reported in chains.get(series, {}).items() if start <= at < end}
        edges = [start, *(series.end(at) for at in sorted(parts))]
        if edges == [*sorted(parts), end]:
            covers.append((series, list(parts.values())))
    complete = [(series, parts) for series, parts in covers if None not in parts]
    return (complete or covers or [(None, [])])[0]


def accuracy_by_lead_time(rows: list[tuple], bounds: list[float]) -> Iterator[tuple]:
    """names, from hours, to hours, n, bias, mae, rmse, mape, wape, mean actual; rows as accuracy() gives them."""
    groups = defaultdict(list)
    for row in rows:
        lead, actual, error, relative = row[7], row[10], row[11], row[12]
        if error is not None:
            lower = max((bound for bound in bounds if bound <= lead), default=None)
            upper = min((bound for bound in bounds if bound > lead), default=None)
            groups[(*row[:5], lower, upper)].append((error, actual, relative))
    for key, group in groups.items():
        count, errors = len(group), [error for error, *_ in group]
        relatives = [relative for *_, relative in group if relative is not None]
        yield (
            *key,
            count,
            sum(errors) / count,
            sum(map(abs, errors)) / count,
            sqrt(sum(error * error for error in errors) / count),
            sum(relatives) / len(relatives) if relatives else None,
            ratio(sum(map(abs, errors)), sum(abs(actual) for _, actual, _ in group)),
            sum(abs(actual) for _, actual, _ in group) / count,
        )


def restatements(chains: Chains) -> Iterator[tuple]:
    """names, interval_start, collected_at, local day, rank, is first, before, now, change, relative, lateness."""
    for series, intervals in chains.items():
        for start, chain in intervals.items():
            end, rank = series.end(start), 0
            for before, now in pairwise(chain):
                if now.collected_at < end or now.value == before.value:
                    continue
                rank += 1
                gone = now.value is None or before.value is None
                change = None if gone else now.value - before.value
                yield (
                    *(*series.names, start, now.collected_at, series.local(start).date(), rank),
                    *(before.collected_at < end, before.value, now.value, change, ratio(change, before.value)),
                    (now.collected_at - end) / HOUR,
                )


def restatements_by_month(rows: list[tuple]) -> Iterator[tuple]:
    """names, month, n, intervals, withdrawals, mean change; mean and largest of size, relative size, lateness."""
    groups = defaultdict(list)
    for row in rows:
        if not row[9]:
            groups[(*row[:5], row[7].replace(day=1))].append(row)
    for key, group in groups.items():
        changes = [row[12] for row in group if row[12] is not None]
        relatives = [row[13] for row in group if row[13] is not None]
        late = [row[14] for row in group]
        yield (
            *(*key, len(group), len({row[5] for row in group}), sum(row[11] is None for row in group), mean(changes)),
            *(mean(list(map(abs, changes))), max(map(abs, changes), default=None)),
            *(mean(relatives), max(relatives, default=None), mean(late), max(late)),
        )


def mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def hourly(chains: Chains, everything: list[Series], metrics: dict[str, Metric], home: Home) -> Iterator[tuple]:
    """home (names of the place), metric, source, hour, value, nodes reporting, nodes expected, resolutions."""
    groups, hourly_series = defaultdict(list), [series for series in everything if series.resolution.startswith("PT")]
    for series, intervals in chains.items():
        by_hour = defaultdict(list)
        for start, chain in intervals.items():
            by_hour[start.replace(minute=0)].append(chain[-1].value)
        for hour, values in by_hour.items():
            value = total(values, metrics[series.metric].unit)
            if series in hourly_series and len(values) * LENGTHS[series.resolution] == HOUR and value is not None:
                groups[(*home(series, hour), series.metric, series.source, hour)].append((series, value))
    for (*place, metric, source, hour), reports in groups.items():
        finest = {}
        for series, value in sorted(reports, key=lambda report: -LENGTHS[report[0].resolution]):
            finest[series.node] = (series.resolution, value)
        values, lengths = [value for _, value in finest.values()], sorted({length for length, _ in finest.values()})
        value = sum(values) if metrics[metric].aggregation == "sum" else sum(values) / len(values)
        expected = {
            series.node
            for series in hourly_series
            if (series.metric, series.source) == (metric, source) and list(home(series, hour)) == place
        }
        yield (*place, metric, source, hour, value, len(values), len(expected), ", ".join(lengths))


def same(expected: Iterable[tuple], answer: list[tuple], keys: int) -> int:
    """Assert the same rows, reported apart by their first `keys` values; returns how many there are."""
    wanted, found = (sorted(map(comparable, rows), key=lambda row: str(row[:keys])) for rows in (expected, answer))
    has, needs = ({row[:keys] for row in rows} for rows in (found, wanted))
    assert (has - needs, needs - has, len(found)) == (set(), set(), len(wanted))
    wrong = [(right, row) for right, row in zip(wanted, found, strict=True) if not all(map(close, right, row))]
    assert wrong == []
    return len(found)


def comparable(row: tuple) -> tuple:
    return tuple(value.astimezone(UTC) if isinstance(value, datetime) else value for value in row)


def close(left: object, right: object) -> bool:
    both_numbers = isinstance(left, float | int) and isinstance(right, float | int)
    return isclose(left, right, rel_tol=1e-9, abs_tol=1e-9) if both_numbers else left == right
