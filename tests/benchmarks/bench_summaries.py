"""How fast summaries answer, as ratios to counting all revisions, and roll-ups as of a time to the values as of it.

python -m tests.benchmarks.bench_summaries [small]
"""

import sys
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from loaders.dbt_runner import build
from tests.benchmarks.bench_reading import in_turn, say
from tests.benchmarks.ground import FIRST_HOUR, WITHOUT_TESTS, load, new_database, own_server, rows

START = datetime.fromtimestamp(FIRST_HOUR / 1e6, UTC)
WEEK = START + timedelta(days=9), START + timedelta(days=16)
MIDDLE = START + timedelta(days=11)
COUNT = "select count(*) from raw.measures"
FORECASTS, ACTUALS = range(24), range(52, 54)


def fill(nodes: int, days: int) -> int:
    """Load forecasts and actuals of two grids, a week a load, build, and return how many revisions there are."""
    for first in range(0, days * 24, 168):
        hours = range(first, min(first + 168, days * 24))
        for metric, leads in (("load_forecast", FORECASTS), ("load", ACTUALS)):
            load(rows(nodes, hours, leads, metric=metric, grids=2, regions=2), f"bench://{metric}/{first}")
    build(*WITHOUT_TESTS)
    return nodes * days * 24 * (len(FORECASTS) + len(ACTUALS))


def repeat_scattered_rows(loads: int) -> None:
    """Load every other row of a few series again and again, with one new row each time."""
    for turn in range(loads):
        again = rows(4, range(24 * 14), ACTUALS)
        kept = pa.array([number % 2 == turn % 2 for number in range(again.num_rows)])
        load(again.filter(kept), f"bench://repeats/{turn}")


def summaries(count: int) -> None:
    """The read functions against counting all revisions, for one week and for everything."""
    import warehouse as wh

    from loaders.database.connection import connect

    with connect("warehouse_transformer", autocommit=True) as connection:
        calls = {
            "stats()": (wh.stats, 0.1),
            "rollup('grid'), one week": (lambda: wh.rollup("grid", *WEEK), 0.3),
            "rollup('grid'), everything": (lambda: wh.rollup("grid"), 0.9),
            "accuracy(by='lead_time'), one week": (lambda: wh.accuracy(*WEEK), 0.3),
            "accuracy(by='lead_time'), everything": (wh.accuracy, 0.9),
            "restatements(by='month'), everything": (lambda: wh.restatements(by="month"), 0.3),
            "completeness(), everything": (wh.completeness, 0.9),
        }
        for call, _ in calls.values():
            call()
        plain, *taken = in_turn(lambda: connection.execute(COUNT).fetchone(), *[call for call, _ in calls.values()])
    for (name, (_, aim)), seconds in zip(calls.items(), taken, strict=True):
        say(f"{name} / count(*) of {count:,}", f"{seconds / plain:.2f} x", f"<= {aim} x   {seconds * 1e3:.0f} ms")


def as_of() -> None:
    """Roll-ups as of a time against the values as of that time, and one day at a system time after many loads."""
    import warehouse as wh

    grid, values = in_turn(
        lambda: wh.rollup("grid", *WEEK, collected=MIDDLE, into="arrow"),
        lambda: wh.as_of(MIDDLE, *WEEK, into="arrow"),
    )
    say("rollup('grid', collected=…) / as_of(…), one week", f"{grid / values:.2f} x", f"<= 2 x   {grid * 1e3:.0f} ms")
    day = WEEK[0], WEEK[0] + timedelta(days=1)
    loaded = datetime.now(UTC)
    (one,) = in_turn(lambda: wh.as_of(MIDDLE, *day, loaded=loaded, node="Node0", metric="load"))
    say("as_of(…, loaded=…), one series, one day, after scattered repeats", f"{one * 1e3:.0f} ms", "<= 100 ms")


def main() -> None:
    """All figures, or with `small` a tenth of the rows to try the benchmark itself."""
    with own_server():
        new_database("bench")
        count = fill(20 if "small" in sys.argv else 100, 14 if "small" in sys.argv else 28)
        summaries(count)
        repeat_scattered_rows(30)
        build(*WITHOUT_TESTS)
        as_of()


if __name__ == "__main__":
    main()
