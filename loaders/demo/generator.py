"""Synthetic deliveries that behave like grid data; every machine makes the same bytes.

Each number is arithmetic on counter-based random bits, keyed by what it is for: order and `count` play no part.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from math import sqrt
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from loaders.demo.last_day import keep_known
from loaders.demo.random_numbers import normal, smooth, uniform
from loaders.errors import UsageError

END = datetime(2026, 4, 6, tzinfo=UTC)  # the last weeks hold the clock changes of 2026-04-05, 2026-03-29 and 2026-03-08
MOST_WEEKS = 520
NAME = "seed://{:%Y-%m-%d}?random_seed={}"
METRIC, UNIT, AGGREGATION, SOURCE, RESOLUTION = "power", "kW", "sum", "seed", "PT1H"
TIME_ZONES = {"Grid1": "America/New_York", "Grid2": "Europe/Berlin", "Grid3": "Australia/Sydney"}
ZONES = tuple(ZoneInfo(name) for name in TIME_ZONES.values())
REGIONS = ("Region1", "Region2", "Region3")
NODES = ("Node1", "Node2", "Node3")

NODES_PER_GRID = len(REGIONS) * len(NODES)
NODE_COUNT = len(TIME_ZONES) * NODES_PER_GRID
HOURS = 7 * 24
HOUR, DAY = 3600, 86400  # seconds
DAY_LENGTH = timedelta(days=1)
HORIZON = 48  # hours ahead that a forecast run reaches
REACH = HORIZON + 24  # hours ahead that errors are made for: a failed run repeats one that looked further ahead
ISSUE_TIMES = (time(3, 30), time(8, 30), time(14, 30), time(20, 30))  # local; never skipped or repeated by a DST change
RAMP = np.minimum(np.arange(1.0, 8.0), np.arange(7.0, 0.0, -1.0))
DECAY = 0.8 ** np.arange(12.0)

WORD = pa.dictionary(pa.int32(), pa.string())
INSTANT = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [(name, WORD) for name in ("grid", "region", "node", "metric", "unit", "source", "resolution")]
    + [("interval_start", INSTANT), ("collected_at", INSTANT), ("value", pa.float64())]
)


class _Stream(IntEnum):
    """What a sequence of random numbers is for; part of its key, so that no two uses share numbers."""

    NODE, WANDER, TEXTURE, RUN, NOWCAST, METER, RESTATED, WITHDRAWN, REREAD = range(1, 10)


class _Revisions(NamedTuple):
    """One element a row: node 0..26, hour of the week, collected (epoch seconds), value (kW; NaN = withdrawn)."""

    node: np.ndarray
    hour: np.ndarray
    collected: np.ndarray
    value: np.ndarray


class _Blocks(NamedTuple):
    """Which block each (node, hour) is in (-1: none); per block its end (epoch seconds) and three random numbers."""

    label: np.ndarray
    end: np.ndarray
    random: np.ndarray


def registry() -> dict[str, list[dict[str, str]]]:
    """The names that the deliveries use: lists `grids`, `regions`, `nodes`, `metrics`, `series` of flat rows."""
    regions = [{"grid": grid, "region": region} for grid in TIME_ZONES for region in REGIONS]
    nodes = [{**region, "node": node} for region in regions for node in NODES]
    return {
        "grids": [{"grid": grid, "time_zone": time_zone} for grid, time_zone in TIME_ZONES.items()],
        "regions": regions,
        "nodes": nodes,
        "metrics": [{"metric": METRIC, "unit": UNIT, "aggregation": AGGREGATION}],
        "series": [{**node, "metric": METRIC, "source": SOURCE, "resolution": RESOLUTION} for node in nodes],
    }


def weeks(
    count: int, random_seed: int, until: date | None = None, now: datetime | None = None
) -> Iterator[tuple[str, pa.Table]]:
    """One named delivery a week, oldest first, the last one ending at END.

    until: instead of END, the last local day of each grid, so the last week is in part; what is known at the end of
    that day, and not after `now`, is delivered. A later `until` gives the same rows and more.

    Each table has the columns of SCHEMA (values in kW) and about 41,000 rows by node, interval_start and collected_at.
    A week depends on its date and `random_seed` only, not on `count`. Raises UsageError before the first week is made.
    """
    if not 1 <= count <= MOST_WEEKS:
        raise UsageError(f"Cannot seed {count} weeks: choose a number of weeks from 1 to {MOST_WEEKS}.")
    if random_seed < 0:
        raise UsageError(f"Cannot use the random seed {random_seed}: choose a whole number from 0 up.")
    if until is None:
        starts = [END - timedelta(weeks=back) for back in range(count, 0, -1)]
        return ((NAME.format(start, random_seed), _delivery(start, random_seed)) for start in starts)
    now = now or datetime.now(UTC)
    if until >= now.date():
        raise UsageError(f"{until} has not ended yet. The last day can be {now.date() - DAY_LENGTH}.")
    return _weeks_until(count, random_seed, until, now)


def _weeks_until(count: int, seed: int, until: date, now: datetime) -> Iterator[tuple[str, pa.Table]]:
    ends = [datetime.combine(until + DAY_LENGTH, time(), zone) for zone in ZONES]
    start = END + timedelta(weeks=(until - END.date()).days // 7 - count)  # whole weeks before that of the day
    while start < max(ends):
        table = keep_known(_delivery(start, seed), ends, now)
        yield f"{NAME.format(start, seed)}&until={until}", table
        start += timedelta(weeks=1)


def _delivery(start: datetime, seed: int) -> pa.Table:
    levels = [_truth(grid, start, seed) for grid in range(len(TIME_ZONES))]
    truth = np.concatenate(levels)
    metered = truth * (1 + 0.002 * normal(truth.shape, seed, _Stream.METER, _week_number(start)))
    parts = [
        *(_forecasts(grid, level, start, seed) for grid, level in enumerate(levels)),
        _first_readings(metered, start, seed),
        *_withdrawals(truth, metered, start, seed),
        _restatements(metered, start, seed),
    ]
    columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _table(_Revisions(*columns), int(start.timestamp()))


def _truth(grid: int, start: datetime, seed: int) -> np.ndarray:
    """kW of each node and hour of the week, (9, 168): a local daily and weekly shape, weather, and small noise."""
    size, phase, evening, weekend, weather, morning, _ = _traits(grid, seed)
    clock, weekday = _local_clock(grid, start)
    clock = clock - 2 * (phase - 0.5)
    activity = (
        (0.10 + 0.16 * morning) * _bump(clock, 8.5, 2.5)
        + 0.16 * _bump(clock, 13.0, 4.0)
        + (0.28 + 0.14 * evening) * _bump(clock, 19.0, 3.0)
    )
    quiet = np.where(weekday == 6, 1.0, np.where(weekday == 5, 0.7, 0.0)) * (0.35 + 0.35 * weekend)
    shape = 0.55 - 0.1 * _bump(clock, 3.5, 3.0) + activity * (1 - quiet)
    number = _week_number(start)
    before, now = (normal((NODES_PER_GRID, HOURS), seed, _Stream.TEXTURE, grid, number - back) for back in (1, 0))
    texture = smooth(np.concatenate([before[:, 1 - len(DECAY) :], now], axis=1), DECAY)
    weather_effect = (0.03 + 0.07 * weather) * _wander(grid, number, seed)
    return (150 + 1850 * size * size) * shape * (1 + weather_effect + 0.012 * texture)


def _traits(grid: int, seed: int) -> np.ndarray:
    """Seven numbers in [0, 1) for each node of a grid, the same in every week, shape (7, 9, 1)."""
    return uniform((7, NODES_PER_GRID, 1), seed, _Stream.NODE, grid)


def _wander(grid: int, week_number: int, seed: int) -> np.ndarray:
    """Weather that a grid's nodes share, shape (168,): a cubic spline whose knots the neighbouring weeks share too."""
    knots = np.concatenate([normal((4,), seed, _Stream.WANDER, grid, week_number + step) for step in (-1, 0, 1)])
    position = 4 + np.arange(HOURS) * (4 / HOURS)
    cell = position.astype(np.int64)
    x = position - cell
    weights = (
        (1 - x) * (1 - x) * (1 - x) / 6,
        (4 - 6 * x * x + 3 * x * x * x) / 6,
        (1 + 3 * x + 3 * x * x - 3 * x * x * x) / 6,
        x * x * x / 6,
    )
    return sum(weight * knots[cell + offset] for offset, weight in enumerate(weights, start=-1))


def _local_clock(grid: int, start: datetime) -> tuple[np.ndarray, np.ndarray]:
    """Local hour of the day (the interval's middle) and weekday (Monday 0) of each hour of the week."""
    zone = ZONES[grid]
    local = [(start + timedelta(hours=hour)).astimezone(zone) for hour in range(HOURS)]
    return np.array([at.hour + at.minute / 60 + 0.5 for at in local]), np.array([at.weekday() for at in local])


def _bump(clock: np.ndarray, centre: float, width: float) -> np.ndarray:
    """A bell of height 1 around a time of day; rational, because `exp` differs in the last digit between machines."""
    away = np.abs(clock - centre) % 24
    ratio = np.minimum(away, 24 - away) / width
    falloff = 1 + ratio * ratio
    return 1 / (falloff * falloff)


def _forecasts(grid: int, truth: np.ndarray, start: datetime, seed: int) -> _Revisions:
    """The forecast of each run for each hour it reached.

    A forecast misses what later runs will learn: its error is the sum of their surprises, so successive forecasts of
    an hour are correlated, neighbouring hours too, and the error shrinks with the lead time.
    """
    published, surprises, failed = _runs(grid, start, seed)
    lead = int(start.timestamp()) + HOUR * np.arange(HOURS) - published[:, None]  # seconds, (run, hour)
    hours_ahead = np.clip(lead // HOUR, 0, REACH - 1)
    learnt = surprises[np.arange(len(published))[:, None], :, hours_ahead]  # (run, hour, node)
    learnt *= ((lead > 0) & (lead <= REACH * HOUR))[:, :, None]
    learnt_later = np.cumsum(learnt[::-1], axis=0)[::-1] - learnt
    nowcast = normal((HOURS + len(RAMP) - 1, NODES_PER_GRID), seed, _Stream.NOWCAST, grid, _week_number(start))
    error = 0.014 * learnt_later + 0.009 * smooth(nowcast.T, RAMP).T
    # A run that failed publishes the last good run's numbers again.
    error = error[np.maximum.accumulate(np.where(failed, 0, np.arange(len(published))))]
    *_, unpredictable = _traits(grid, seed)
    value = truth.T * (1 + (0.7 + 0.8 * unpredictable.T) * error)
    run, hour = np.nonzero((lead > 0) & (lead <= HORIZON * HOUR))
    node = np.arange(NODES_PER_GRID)
    return _Revisions(
        node=np.tile(grid * NODES_PER_GRID + node, len(run)),
        hour=np.repeat(hour, NODES_PER_GRID),
        collected=np.repeat(published[run], NODES_PER_GRID),
        value=value[run, hour].ravel(),
    )


def _runs(grid: int, start: datetime, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Forecast runs that reach into the week, oldest first.

    When each was published (epoch seconds), what it learnt that the run before had not known (run, node, hours ahead;
    about unit sd, half of its variance shared by the grid), and whether it failed.
    """
    zone = ZONES[grid]
    first = (start - timedelta(days=4)).date().toordinal()
    runs = []
    for day in range(first, first + 12):
        issued = [datetime.combine(date.fromordinal(day), at, zone) for at in ISSUE_TIMES]
        noise = normal((len(issued), 1 + NODES_PER_GRID, REACH + len(RAMP) - 1), seed, _Stream.RUN, grid, day)
        chance = uniform((2, len(issued)), seed, _Stream.RUN, grid, day, 1)
        smoothed = smooth(noise, RAMP)
        published = np.array([int(at.timestamp()) for at in issued]) + (180 + 840 * chance[0]).astype(np.int64)
        runs.append((published, sqrt(0.5) * (smoothed[:, :1] + smoothed[:, 1:]), chance[1] < 0.03))
    published, surprises, failed = (np.concatenate(parts) for parts in zip(*runs, strict=True))
    return published, surprises, failed


def _first_readings(metered: np.ndarray, start: datetime, seed: int) -> _Revisions:
    """One metered value for every node and hour, 20 to 90 minutes after the interval ended."""
    delay = 20 * 60 + (70 * 60 * uniform(metered.shape, seed, _Stream.METER, _week_number(start), 1)).astype(np.int64)
    interval_end = int(start.timestamp()) + HOUR * (1 + np.arange(HOURS))
    return _where(np.ones(metered.shape, dtype=bool), interval_end + delay, metered)


def _withdrawals(truth: np.ndarray, metered: np.ndarray, start: datetime, seed: int) -> list[_Revisions]:
    """Readings withdrawn some hours after their block, delivered again within two days. Half are unchanged."""
    number = _week_number(start)
    blocks = _blocks(start, count=6, shortest=1, longest=4, key=(seed, _Stream.WITHDRAWN, number))
    taken_back = blocks.end + 3 * HOUR + (9 * HOUR * blocks.random[0]).astype(np.int64)
    given_again = taken_back + 6 * HOUR + (24 * HOUR * blocks.random[1]).astype(np.int64)
    reread = truth * (1 + 0.004 * normal(truth.shape, seed, _Stream.REREAD, number))
    inside, unchanged = blocks.label >= 0, (blocks.random[2] < 0.5)[blocks.label]
    return [
        _where(inside, taken_back[blocks.label], np.full(truth.shape, np.nan)),
        _where(inside, given_again[blocks.label], np.where(unchanged, metered, reread)),
    ]


def _restatements(metered: np.ndarray, start: datetime, seed: int) -> _Revisions:
    """Blocks of hours, 3 % of all, restated in one go 2 to 20 days later by 1 to 8 % up or down."""
    key = (seed, _Stream.RESTATED, _week_number(start))
    blocks = _blocks(start, count=25, shortest=3, longest=8, key=key)
    collected = blocks.end + 2 * DAY + (17.5 * DAY * blocks.random[0]).astype(np.int64)
    direction = np.where(blocks.random[1] < 0.5, -1.0, 1.0)
    size = 0.016 + 0.058 * blocks.random[2] * blocks.random[2]
    change = size[blocks.label] + 0.005 * (2 * uniform(metered.shape, *key, 1) - 1)
    return _where(blocks.label >= 0, collected[blocks.label], metered * (1 + direction[blocks.label] * change))


def _blocks(start: datetime, count: int, shortest: int, longest: int, key: tuple[int, ...]) -> _Blocks:
    """`count` runs of `shortest` to `longest` hours, each in one node; where two meet, the later one has the hours."""
    random = uniform((6, count), *key)
    node = (NODE_COUNT * random[0]).astype(np.int64)
    length = shortest + ((longest - shortest + 1) * random[1]).astype(np.int64)
    first = ((HOURS + 1 - length) * random[2]).astype(np.int64)
    label = np.full((NODE_COUNT, HOURS), -1)
    for block in range(count):
        label[node[block], first[block] : first[block] + length[block]] = block
    return _Blocks(label, int(start.timestamp()) + HOUR * (first + length), random[3:])


def _where(chosen: np.ndarray, collected: np.ndarray, value: np.ndarray) -> _Revisions:
    """The revisions of the chosen cells; all three arrays are (node, hour)."""
    node, hour = np.nonzero(chosen)
    return _Revisions(node, hour, np.broadcast_to(collected, chosen.shape)[chosen], value[chosen])


def _table(rows: _Revisions, start: int) -> pa.Table:
    order = np.lexsort((rows.collected, rows.hour, rows.node))
    node, hour, collected, value = (column[order] for column in rows)
    value = np.round(value, 3)
    nothing = np.zeros(len(node), dtype=np.int32)
    words = [
        (node // NODES_PER_GRID, tuple(TIME_ZONES)),
        (node // len(NODES) % len(REGIONS), REGIONS),
        (node % len(NODES), NODES),
        *((nothing, (word,)) for word in (METRIC, UNIT, SOURCE, RESOLUTION)),
    ]
    instants = [pa.array(seconds * 1_000_000, pa.int64()).cast(INSTANT) for seconds in (start + HOUR * hour, collected)]
    names = [pa.DictionaryArray.from_arrays(index.astype(np.int32), pa.array(known)) for index, known in words]
    return pa.table([*names, *instants, pa.array(value, mask=np.isnan(value))], schema=SCHEMA)


def _week_number(start: datetime) -> int:
    return start.toordinal() // 7
