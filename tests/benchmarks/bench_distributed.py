"""The same rows and questions on a Citus cluster and on a server without parallel workers.

python -m tests.benchmarks.bench_distributed PLAIN COORDINATOR [--days 90] [--workers N] [--shards 4]

PLAIN and COORDINATOR are connection strings of superusers (postgresql://...), of servers on one machine that have the
same settings. It makes a database on each and drops it again. Exit 1: a target is missed.
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from loaders.database.connection import connect
from loaders.dbt_runner import build
from loaders.operations.distribution import distribute
from tests.benchmarks.bench_marts import moment, seconds_of_revisions
from tests.benchmarks.ground import WITHOUT_TESTS, load, rows
from tests.support.cluster_nodes import cluster_nodes, drop_database
from tests.support.warehouses import (
    UNSET,
    changed_environment,
    connect_variables,
    dbt_folders,
    migrate_in_turn,
    new_database,
    variables_of,
)

NODES, REVISIONS, DAYS_OF_A_LOAD = 200, 24, 10
WITHOUT_PARALLEL_WORKERS = "-c max_parallel_workers_per_gather=0 -c max_parallel_maintenance_workers=0"
LOAD, BUILD_REVISIONS, BUILD = "a load", "first build of int_measure_revisions", "first build of everything"
LATEST, AS_OF = "wh.latest, one week", "wh.as_of, one week"
FASTER = {LOAD: 1.3, BUILD_REVISIONS: 1.3}  # at least so many times
SLOWER = {f"{LATEST}, all nodes": 1.5, f"{AS_OF}, all nodes": 1.5}  # at most so many times


def main() -> int:
    """Print the medians as one table; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plain")
    parser.add_argument("coordinator")
    parser.add_argument("--days", type=int, default=90, help="of 115,200 rows each")
    parser.add_argument("--workers", type=int, help="of the cluster that take part; by default all")
    parser.add_argument("--shards", type=int, default=4)
    chosen = parser.parse_args()
    with (
        own_database(chosen.plain, None, None) as one,
        own_database(chosen.coordinator, chosen.shards, chosen.workers) as many,
    ):
        taken = measure([one, many], chosen.days)
    missed = [say(what, turns) for what, turns in taken.items()]
    return int(any(missed))


def say(what: str, turns: list[list[float]]) -> bool:
    """Print one line of the table; returns whether its target is missed."""
    plain, cluster = (statistics.median(times) for times in zip(*turns, strict=True))
    ratio, target, is_missed = cluster / plain, "", False
    if what in FASTER:
        ratio, target, is_missed = plain / cluster, f">= {FASTER[what]} x faster", plain / cluster < FASTER[what]
    elif what in SLOWER:
        target, is_missed = f"<= {SLOWER[what]} x", ratio > SLOWER[what]
    print(f"{what:<40} {plain:>8.3f} s {cluster:>8.3f} s {ratio:>6.2f} x  {target} {'MISSED' if is_missed else ''}")
    return is_missed


@dataclass(frozen=True)
class Side:
    """A database to measure, and the environment that leads to it."""

    variables: dict[str, str | None]

    def seconds(self, action: Callable[[], object]) -> float:
        """Return how long an action takes in this database."""
        with changed_environment(**self.variables):
            return _timed(action)

    @contextmanager
    def asking(self) -> Iterator[ProcessPoolExecutor]:
        """A process that keeps its session with this database."""
        with changed_environment(**self.variables):
            environment = dict(os.environ)
        spawned = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, spawned, initializer=use_environment, initargs=(environment,)) as process:
            yield process


def use_environment(variables: dict[str, str]) -> None:
    """Let this process have these variables."""
    os.environ.update(variables)


def seconds_of_answer(what: str, days: int) -> float:
    """Return how long one of the questions takes."""
    return _timed(questions(days)[what])


def _timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


@contextmanager
def own_database(dsn: str, shards: int | None, workers: int | None) -> Iterator[Side]:
    """An empty warehouse on a server; with shards, distributed over so many workers of its cluster."""
    with tempfile.TemporaryDirectory(prefix="warehouse-bench-") as folder:
        home = {"WAREHOUSE_HOME": f"{folder}/home", **dbt_folders(Path(folder) / "dbt" / "target")}
        server = {**UNSET, **variables_of(dsn), **home, "PGOPTIONS": WITHOUT_PARALLEL_WORKERS}
        name = f"bench_{os.getpid()}"
        with changed_environment(**server):
            try:
                with new_database(name):
                    if shards and workers:
                        remove_workers(workers)
                    migrate_in_turn()
                    if shards:
                        distribute(shards)
                    yield Side({**server, **connect_variables(), "PGDATABASE": name})
            finally:
                drop_database(name)


def remove_workers(kept: int) -> None:
    """Let only the first workers take part in the database that the environment names."""
    with connect(None, autocommit=True) as operator:
        for worker in cluster_nodes()[1 + kept :]:
            operator.execute("select citus_remove_node(%s, %s)", worker)


def build_revisions() -> float:
    """Build int_measure_revisions for the first time, and return how long that took."""
    with connect("warehouse_transformer", autocommit=True) as connection:
        connection.execute("drop table if exists staging.int_measure_revisions")
    return seconds_of_revisions()


def measure(sides: list[Side], days: int) -> dict[str, list[list[float]]]:
    """Do everything on each side in turns; returns the seconds of each turn and side by what was done."""
    taken: dict[str, list[list[float]]] = {}
    for first in range(0, days * 24, DAYS_OF_A_LOAD * 24):
        table = rows(NODES, range(first, min(first + DAYS_OF_A_LOAD * 24, days * 24)), range(REVISIONS))
        name = f"bench://{first}"
        turn = [side.seconds(lambda table=table, name=name: load(table, name)) for side in sides]
        taken.setdefault(LOAD, []).append(turn)
    before = [side.seconds(lambda: build("--exclude", "int_measure_revisions+", *WITHOUT_TESTS)) for side in sides]
    for _ in range(3):
        turn = []
        for side in sides:
            with changed_environment(**side.variables):
                turn.append(build_revisions())
        taken.setdefault(BUILD_REVISIONS, []).append(turn)
    select = ["--select", "int_measure_revisions+", "--exclude", "int_measure_revisions"]
    further = [side.seconds(lambda: build(*select, *WITHOUT_TESTS)) for side in sides]
    revisions = [statistics.median(times) for times in zip(*taken[BUILD_REVISIONS], strict=True)]
    taken[BUILD] = [[sum(parts) for parts in zip(before, revisions, further, strict=True)]]
    with ExitStack() as stack:
        return taken | answer_in_turns([stack.enter_context(side.asking()) for side in sides], days)


def answer_in_turns(processes: list[ProcessPoolExecutor], days: int) -> dict[str, list[list[float]]]:
    """Ask each process in turns, after two questions that warm its session up; returns the seconds by question."""
    taken = {}
    for what in questions(days):
        turns = [[process.submit(seconds_of_answer, what, days).result() for process in processes] for _ in range(17)]
        taken[what] = turns[2:]
    return taken


def questions(days: int) -> dict[str, Callable[[], object]]:
    """Calls of the read functions about a week in the middle."""
    import warehouse as wh

    first = days * 12
    week = moment(first), moment(first + 168)
    then = moment(first + 84 - 36)  # half of the revisions of the week are known
    node = {"node": "Node7", "metric": "load"}
    return {
        f"{LATEST}, all nodes": lambda: wh.latest(*week),
        f"{AS_OF}, all nodes": lambda: wh.as_of(then, *week),
        f"{LATEST}, one node": lambda: wh.latest(*week, **node),
        f"{AS_OF}, one node": lambda: wh.as_of(then, *week, **node),
    }


if __name__ == "__main__":
    raise SystemExit(main())
