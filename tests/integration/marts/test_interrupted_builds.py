"""A build that is killed, or that a load overtakes, is made good by the next one."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from loaders.dbt_runner import build, run_dbt
from loaders.errors import BuildError
from tests.support.revision_oracle import COLLECTED, HOURS, DeliveredLoads, compare, take
from tests.support.warehouses import Warehouse, changed_environment

GRID = "interrupted"
APPLIED = "select load_id from staging.int_loads_applied"
BUILDING = "select count(*) from pg_stat_activity where {}"
OF_THE_MODEL = (
    "pid <> pg_backend_pid() and datname = current_database() and query like '%int_measure_revisions%'"
    " and state <> 'idle'"
)
WAITING = f"{OF_THE_MODEL} and wait_event_type = 'Lock'"
STANDING = f"{OF_THE_MODEL} and wait_event = 'PgSleep'"
# Where a build waits: when it has read the registry and not yet the ledger, and when it has seen what it will apply.
REGISTRY_READ = "lock table staging.int_loads_applied in row share mode"
BETWEEN = "lock table staging.int_measure_revisions in share mode"


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


@contextmanager
def arriving_while_a_build_waits(warehouse: Warehouse, lock: str, rows: dict) -> Iterator[DeliveredLoads]:
    """Let the build inside wait for a lock, and accept a load while it waits."""
    held, late = threading.Event(), DeliveredLoads()

    def arrive() -> None:
        with warehouse.connect(None, autocommit=False) as holder:
            holder.execute(lock)
            held.set()
            wait_until(warehouse, WAITING)
            take(warehouse, GRID, late, ("deliver", rows, "accepted"))

    with alongside(arrive, held):
        yield late


def test_a_load_that_is_accepted_while_a_build_runs_is_found_by_the_next(warehouse: Warehouse) -> None:
    delivered = DeliveredLoads()
    take(warehouse, GRID, delivered, ("deliver", rows_of(1), "accepted"))
    warehouse.apply_loads()
    take(warehouse, GRID, delivered, ("deliver", rows_of(3), "accepted"))

    # The build has seen what it will apply by the time it has to wait. The new values are between the two that are
    # there, of both the end of one range and the beginning of another.
    with arriving_while_a_build_waits(warehouse, BETWEEN, rows_of(2)) as late:
        run_dbt(["run", "--select", "int_measure_revisions"])
    compare(warehouse, GRID, delivered)
    delivered.add(late)
    warehouse.apply_loads()
    compare(warehouse, GRID, delivered)


def of_new_node(number: int, node: str) -> dict:
    """Rows of nodes that are known, and of one that is not."""
    return rows_of(number) | {(node, hour, COLLECTED[number]): float(number) for hour in HOURS}


def run_program(warehouse: Warehouse, program: str) -> None:
    """Run int_measure_revisions without the models before it, as if they had run some time ago."""
    if program == "first":
        warehouse.query("drop table staging.int_measure_revisions cascade")
    with changed_environment(PGOPTIONS="-c warehouse.treat_changes_as_large=on" if program == "large" else None):
        run_dbt(["run", "--select", "int_measure_revisions"])


@pytest.mark.parametrize("program", ["small", "large", "first"])
def test_loads_of_a_series_that_is_newer_than_the_registry_of_a_build_are_left_to_the_next(
    warehouse: Warehouse, program: str
) -> None:
    delivered, late = DeliveredLoads(), DeliveredLoads()
    take(warehouse, GRID, delivered, ("deliver", rows_of(1), "accepted"))
    warehouse.apply_loads()
    compare(warehouse, GRID, delivered)
    take(warehouse, GRID, late, ("deliver", of_new_node(2, "new"), "accepted"))
    # Another load repeats the rows of the new node. The one after it has rows of known nodes only, and counts at once.
    take(warehouse, GRID, late, ("deliver", of_new_node(2, "new"), "accepted"))
    take(warehouse, GRID, delivered, ("deliver", rows_of(2), "accepted"))
    take(warehouse, GRID, late, ("deliver", of_new_node(3, "new"), "withdrawn"))
    run_program(warehouse, program)
    assert {load_id for (load_id,) in warehouse.query(APPLIED)} == delivered.accepted
    if program == "first":
        run_dbt(["run", "--exclude", "+int_measure_revisions"])
    compare(warehouse, GRID, delivered)
    delivered.add(late)
    warehouse.apply_loads()
    compare(warehouse, GRID, delivered)


def test_a_new_series_that_arrives_during_a_build_does_not_fail_it_and_followers_get_it_with_the_next(
    warehouse: Warehouse,
) -> None:
    delivered = DeliveredLoads()
    take(warehouse, GRID, delivered, ("deliver", rows_of(1), "accepted"))
    build()
    take(warehouse, GRID, delivered, ("deliver", rows_of(3), "accepted"))

    with warehouse.connect("warehouse_analyst") as listener:
        listener.execute("listen warehouse_marts")
        with arriving_while_a_build_waits(warehouse, REGISTRY_READ, of_new_node(2, "new")) as late:
            build()
        compare(warehouse, GRID, delivered)
        [*listener.notifies(timeout=0)]
        delivered.add(late)
        build()
        compare(warehouse, GRID, delivered)
        changed = [json.loads(notification.payload)["series"] for notification in listener.notifies(timeout=0)]
    assert changed == [[series_id for (series_id,) in warehouse.query("select series_id from raw.series order by 1")]]


# Where else a build is made to stand still: before it has seen what it will apply, and when all is written.
BEFORE = "lock table staging.int_loads_applied in share mode"
AFTER = """
create function staging.stand_still() returns trigger language plpgsql
as 'begin perform pg_sleep(60); return null; end';
create trigger stand_still after insert on staging.int_measure_revisions
for each statement execute function staging.stand_still();
"""
GO_ON = "drop function if exists staging.stand_still cascade"


ON_SHARDS = pytest.mark.one_server("its rows are inserted into shards, which do not have the trigger")


@pytest.mark.parametrize(
    "stand_still",
    [
        pytest.param(BEFORE, id="before"),
        pytest.param(BETWEEN, id="between"),
        pytest.param(AFTER, id="after", marks=ON_SHARDS),
    ],
)
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
