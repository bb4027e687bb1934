"""What grows with the warehouse: the same week, read from 1 million revisions and from more.

python -m tests.benchmarks.bench_growth [10M | 100M] [small]
"""

import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from loaders.database.connection import connect
from loaders.dbt_runner import build
from tests.benchmarks.bench_reading import say
from tests.benchmarks.ground import FIRST_HOUR, WITHOUT_TESTS, load, new_database, own_server, rows, seconds

START = datetime.fromtimestamp(FIRST_HOUR / 1e6, UTC)
WEEK = START, START + timedelta(days=7)
MIDDLE = START + timedelta(days=3)
FORECASTS, ACTUALS = range(24), range(52, 54)
HOURS_PER_LOAD = 168
FIRST_SIZE = 1_000_000
BOUNDS = {10_000_000: 15, 100_000_000: 90}  # minutes for all, by size
SHARE_TO_FILL = 0.6
SIZES = {"10M": 10_000_000, "100M": 100_000_000}


def fill(nodes: int, size: int, deadline: float) -> int:
    """Load forecasts and actuals week by week until there are `size` revisions, or the time is up; return how many."""
    per_hour = nodes * (len(FORECASTS) + len(ACTUALS))
    count = 0
    while count < size and time.monotonic() < deadline:
        first = count // per_hour
        hours = range(first, first + HOURS_PER_LOAD)
        for metric, leads in (("load_forecast", FORECASTS), ("load", ACTUALS)):
            load(rows(nodes, hours, leads, metric=metric, grids=2, regions=2), f"bench://{metric}/{first}")
        count += per_hour * HOURS_PER_LOAD
    return count


def calls() -> dict[str, Callable[[], object]]:
    """Return the calls about one week."""
    import warehouse as wh

    return {
        "stats()": wh.stats,
        "latest": lambda: wh.latest(*WEEK, into="arrow"),
        "as_of": lambda: wh.as_of(MIDDLE, *WEEK, into="arrow"),
        "at_cutoff('day-ahead')": lambda: wh.at_cutoff("day-ahead", *WEEK, into="arrow"),
        "accuracy(by='lead_time')": lambda: wh.accuracy(*WEEK),
        "accuracy(by='lead_time', collected=…)": lambda: wh.accuracy(*WEEK, collected=MIDDLE),
        "restatements(by='month')": lambda: wh.restatements(*WEEK, by="month"),
        "rollup('grid')": lambda: wh.rollup("grid", *WEEK),
        "rollup('grid', collected=…)": lambda: wh.rollup("grid", *WEEK, collected=MIDDLE),
        "completeness()": lambda: wh.completeness(*WEEK),
    }


def measure(name: str, nodes: int, size: int, deadline: float) -> tuple[int, dict[str, float], float]:
    """Fill a database and build.

    Return how many revisions it has, and the seconds of each call and of a build after one more hourly load.
    """
    new_database(name)
    started = time.monotonic()
    count = fill(nodes, size, deadline)
    say(
        f"loading {count:,} revisions",
        f"{time.monotonic() - started:.0f} s",
        "" if count >= size else "the time was up",
    )
    started = time.monotonic()
    build(*WITHOUT_TESTS)
    say(f"first build of {count:,} revisions", f"{time.monotonic() - started:.0f} s")
    with connect(None, autocommit=True) as connection:
        connection.execute("vacuum analyze")
        row = connection.execute("select pg_database_size(current_database())").fetchone()
    assert row is not None
    say("whole warehouse on disk, per revision", f"{row[0] / count:.0f} bytes", "<= 250 bytes")
    taken = {label: seconds(call) for label, call in calls().items()}
    build()
    load(rows(nodes, range(24), range(30, 31), metric="load_forecast", grids=2, regions=2), "bench://one-more")
    started = time.monotonic()
    build()
    return count, taken, time.monotonic() - started


def builds_after_loads(counts: tuple[int, int], turns: int = 7) -> list[float]:
    """Return the seconds of a build of one more load, after each number of loads. Each load has a day of its own."""
    new_database("loads")
    loaded, taken = 0, []

    def load_days(count: int) -> None:
        nonlocal loaded
        for day in range(loaded, loaded + count):
            load(rows(5, range(day * 24, day * 24 + 24), range(1)), f"bench://day/{day}")
        loaded += count

    def build_of_one_more() -> float:
        load_days(1)
        started = time.perf_counter()
        build()
        return time.perf_counter() - started

    for count in counts:
        load_days(count - loaded)
        build(*WITHOUT_TESTS)
        build_of_one_more()
        taken.append(statistics.median(build_of_one_more() for _ in range(turns)))
    return taken


@contextmanager
def time_limit(minutes: float) -> Iterator[None]:
    """Raise TimeoutError where the block takes longer."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"This took more than {minutes:g} minutes and was stopped.")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(int(minutes * 60))
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def main() -> None:
    """All ratios, or with `small` a hundredth of the rows to try the benchmark itself."""
    small = "small" in sys.argv
    names = [argument for argument in sys.argv[1:] if argument != "small"] or ["10M"]
    if len(names) > 1 or names[0] not in SIZES:
        sys.exit(f"{' '.join(names)} is not a valid size. Use one of: {', '.join(SIZES)}.")
    size = SIZES[names[0]]
    minutes = BOUNDS[size]
    deadline = time.monotonic() + minutes * 60 * SHARE_TO_FILL
    nodes = 2 if small else 200
    with own_server(), time_limit(minutes):
        fewer, few, few_build = measure("small", nodes, FIRST_SIZE // (100 if small else 1), deadline)
        more, many, many_build = measure("large", nodes, size // (100 if small else 1), deadline)
        after_few, after_many = builds_after_loads((20, 200 if small else 2000))
    for label, taken in many.items():
        say(
            f"{label}, one week: {more:,} / {fewer:,}",
            f"{taken / few[label]:.2f} x",
            f"<= 1.2 x   {taken * 1e3:.0f} ms",
        )
    say("build of one more hourly load", f"{many_build / few_build:.2f} x", f"<= 1.3 x   {many_build:.1f} s")
    say(
        "build of one more load: after 2,000 / after 20",
        f"{after_many / after_few:.2f} x",
        f"<= 1.2 x   {after_many:.1f} s",
    )


if __name__ == "__main__":
    main()
