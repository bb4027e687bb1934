"""A build that is killed, or that a load overtakes, is made good by the next one."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from loaders.dbt_runner import run_dbt
from loaders.errors import BuildError
from tests.support.revision_oracle import COLLECTED, HOURS, DeliveredLoads, compare, take
from tests.support.warehouses import Warehouse

GRID = "interrupted"
BUILDING = "select count(*) from pg_stat_activity where {}"
OF_THE_MODEL = (
    "pid <> pg_backend_pid() and datname = current_database() and query like '%int_measure_revisions%'"
    " and state <> 'idle'"
)
WAITING = f"{OF_THE_MODEL} and wait_event_type = 'Lock'"
STANDING = f"{OF_THE_MODEL} and wait_event = 'PgSleep'"


def rows_of(number: int) -> dict:
    return {(node, hour, COLLECTED[number]): float(number) for node in "ab" for hour in HOURS}


def wait_until(warehouse: Warehouse, condition: str) -> None:
    for _ in range(600):
        if warehouse.query(BUILDING.format(condition))[0][0]:
            return
        time.sleep(0.01)
    raise AssertionError(f"no build came to: {condition}")


@contextmanager
def alongside(action: Callable[[], None], ready: threading.Event) -> Iterator[None]:
    """Runs something in another thread, from when that is ready on; what fails there fails here."""
    failures: list[BaseException] = []

    def attempt() -> None:
        try:
            action()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=attempt)
    thread.start()
    try:
        ready.wait(30)
        yield
    finally:
        thread.join(60)
    assert failures == []
    assert not thread.is_alive()


def test_a_load_that_is_accepted_while_a_build_runs_is_found_by_the_next(warehouse: Warehouse) -> None:
    delivered = DeliveredLoads()
    take(warehouse, GRID, delivered, ("deliver", rows_of(1), "accepted"))
    warehouse.apply_loads()
    take(warehouse, GRID, delivered, ("deliver", rows_of(3), "accepted"))

    def overtake() -> None:
        with warehouse.connect(None, autocommit=False) as holder:
            # The build has seen what it will apply by the time it has to wait here.
            holder.execute("lock table staging.int_measure_revisions in share mode")
            held.set()
            wait_until(warehouse, WAITING)
            # Between the two that are there, of both the end of one range and the beginning of another.
            take(warehouse, GRID, late, ("deliver", rows_of(2), "accepted"))

    held, late = threading.Event(), DeliveredLoads()
    with alongside(overtake, held):
        run_dbt(["run", "--select", "int_measure_revisions"])
    compare(warehouse, GRID, delivered)
    delivered.rows |= late.rows
    delivered.accepted |= late.accepted
    warehouse.apply_loads()
    compare(warehouse, GRID, delivered)


# Where a build is made to stand still: before it has seen what it will apply, when it has, when all is written.
BEFORE = "lock table staging.int_loads_applied in share mode"
BETWEEN = "lock table staging.int_measure_revisions in share mode"
AFTER = """
create function staging.stand_still() returns trigger language plpgsql as 'begin perform pg_sleep(60); return new; end';
create trigger stand_still before insert on staging.int_loads_applied
for each row execute function staging.stand_still();
"""
GO_ON = "drop function if exists staging.stand_still cascade"


@pytest.mark.parametrize("stand_still", [BEFORE, BETWEEN, AFTER], ids=["before", "between", "after"])
def test_a_build_that_is_killed_leaves_the_marts_of_before_and_the_next_is_right(
    warehouse: Warehouse, stand_still: str
) -> None:
    delivered = DeliveredLoads()
    take(warehouse, GRID, delivered, ("deliver", rows_of(1), "accepted"))
    warehouse.apply_loads()
    before = warehouse.query("select * from marts.fct_measure_revisions order by 1, interval_start")
    take(warehouse, GRID, delivered, ("deliver", rows_of(3), "accepted"))
    standing = STANDING if stand_still == AFTER else WAITING
    ready = threading.Event()

    def kill() -> None:
        with warehouse.connect(None, autocommit=stand_still == AFTER) as holder:
            holder.execute(stand_still)
            ready.set()
            wait_until(warehouse, standing)
            warehouse.query(f"select pg_terminate_backend(pid) from pg_stat_activity where {standing}")

    with alongside(kill, ready), pytest.raises(BuildError, match="int_measure_revisions"):
        run_dbt(["run", "--select", "int_measure_revisions"])
    warehouse.query(GO_ON)
    assert warehouse.query("select * from marts.fct_measure_revisions order by 1, interval_start") == before
    warehouse.apply_loads()
    compare(warehouse, GRID, delivered)
