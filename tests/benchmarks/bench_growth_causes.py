"""Why answers grow with the warehouse: the same week, with more months, with more loads, or with more rows next to it.

python -m tests.benchmarks.bench_growth_causes [small]
"""

import statistics
import sys
import time

from loaders.database.connection import connect
from loaders.dbt_runner import build
from tests.benchmarks.bench_growth import ACTUALS, FORECASTS, HOURS_PER_LOAD, calls
from tests.benchmarks.ground import WITHOUT_TESTS, load, new_database, own_server, rows, use_database

MONTH_HOURS = 730
MONTHS = 28
LOADS = 230
WEEKS = 6
ROUNDS, TURNS = 8, 3
METRICS = {"load_forecast": FORECASTS, "load": ACTUALS}


def add_week(nodes: int, week: int) -> None:
    """Load one week of forecasts and of actuals."""
    hours = range(week * HOURS_PER_LOAD, (week + 1) * HOURS_PER_LOAD)
    for metric, leads in METRICS.items():
        load(rows(nodes, hours, leads, metric=metric, grids=2, regions=2), f"bench://{metric}/{week}")


def add_months(nodes: int) -> None:
    """Load one value per node and month, so that there are more months but hardly more rows."""
    hours = range(HOURS_PER_LOAD * 4, HOURS_PER_LOAD * 4 + MONTHS * MONTH_HOURS, MONTH_HOURS)
    for metric, leads in METRICS.items():
        load(rows(nodes, hours, leads[:1], metric=metric, grids=2, regions=2), f"bench://{metric}/months")


def add_loads() -> None:
    """Load one value at a time, in the week after, so that there are more loads but hardly more rows."""
    for number in range(LOADS):
        hour = HOURS_PER_LOAD + number % HOURS_PER_LOAD
        table = rows(1, range(hour, hour + 1), range(24 + number // HOURS_PER_LOAD, 25 + number // HOURS_PER_LOAD))
        load(table, f"bench://one/{number}")


def fill(name: str, nodes: int) -> None:
    """Make a database with two weeks, and with what its name says next to them."""
    new_database(name)
    for week in range(WEEKS if name == "rows" else 2):
        add_week(nodes, week)
    if name == "months":
        add_months(nodes)
    if name == "loads":
        add_loads()
    build(*WITHOUT_TESTS)
    with connect(None, autocommit=True) as connection:
        connection.execute("vacuum analyze")


def main() -> None:
    """Print, for each call, how much longer it takes with more months, loads or rows."""
    nodes = 2 if "small" in sys.argv else 200
    names = ("two weeks", "months", "loads", "rows")
    taken: dict[str, dict[str, list[float]]] = {name: {} for name in names}
    with own_server():
        for name in names:
            fill(name, nodes)
        for _ in range(ROUNDS):
            for name in names:
                use_database(name)
                for label, call in calls().items():
                    call()
                    for _ in range(TURNS):
                        started = time.perf_counter()
                        call()
                        taken[name].setdefault(label, []).append(time.perf_counter() - started)
    print(f"{'':42}{'two weeks':>12}" + "".join(f"{name:>10}" for name in names[1:]))
    for label, of_base in taken["two weeks"].items():
        base = statistics.median(of_base)
        ratios = "".join(f"{statistics.median(taken[name][label]) / base:8.2f} x" for name in names[1:])
        print(f"{label:42}{base * 1e3:9.1f} ms{ratios}")


if __name__ == "__main__":
    main()
