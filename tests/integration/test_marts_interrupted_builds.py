"""A build that is killed, or that a load overtakes, is made good by the next one."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pandas as pd
from conftest import Warehouse
from test_marts_match_brute_force import COLLECTED, HOURS, START, Told, compare, take

from loaders.build import run_dbt
from loaders.errors import BuildError

GRID = "interrupted"
BUILDING = "select count(*) from pg_stat_activity where {}"
OF_THE_MODEL = (
    "pid <> pg_backend_pid() and datname = current_database() and query like '%int_measure_revisions%'"
    " and state <> 'idle'"
)
WAITING = f"{OF_THE_MODEL} and wait_event_type = 'Lock'"


def rows_of(number: int) -> dict:
    return {(node, hour, COLLECTED[number]): float(number) for node in "ab" for hour in HOURS}


def wait_until(warehouse: Warehouse, condition: str) -> None:
    for _ in range(600):
        if warehouse.query(BUILDING.format(condition))[0][0]:
            return
        time.sleep(0.01)
    raise AssertionError(f"no build came to: {condition}")


@contextmanager
def beside(action: Callable[[], None]) -> Iterator[None]:
    """Runs something in another thread meanwhile; what fails there fails here."""
    failures: list[BaseException] = []

    def attempt() -> None:
        try:
            action()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=attempt)
    thread.start()
    try:
        yield
    finally:
        thread.join(60)
    assert failures == []
    assert not thread.is_alive()


def test_a_load_that_is_accepted_while_a_build_runs_is_found_by_the_next(warehouse: Warehouse) -> None:
    told = Told()
    take(warehouse, GRID, told, ("deliver", rows_of(1), "accepted"))
    warehouse.apply_loads()
    take(warehouse, GRID, told, ("deliver", rows_of(3), "accepted"))

    def overtake() -> None:
        with warehouse.connect(role=None, autocommit=False) as holder:
            # The build has seen what it will apply by the time it has to wait here.
            holder.execute("lock table staging.int_measure_revisions in share mode")
            building.set()
            wait_until(warehouse, WAITING)
            # Between the two that are there, of both the end of one range and the beginning of another.
            take(warehouse, GRID, late, ("deliver", rows_of(2), "accepted"))

    building, late = threading.Event(), Told()
    with beside(overtake):
        building.wait(30)
        run_dbt(["run", "--select", "int_measure_revisions"])
    compare(warehouse, GRID, told)
    told.rows |= late.rows
    told.accepted |= late.accepted
    warehouse.apply_loads()
    compare(warehouse, GRID, told)


def test_a_build_killed_at_any_moment_leaves_the_marts_of_before_and_the_next_is_right(warehouse: Warehouse) -> None:
    told, killed = Told(), 0
    take(warehouse, GRID, told, ("deliver", rows_of(0), "accepted"))
    warehouse.apply_loads()
    for number, delay in enumerate((0.0, 0.05, 0.15, 0.4), start=1):
        before = warehouse.query("select count(*) from marts.fct_measure_revisions")
        warehouse.deliver(many_rows(number))

        def kill(delay: float = delay) -> None:
            wait_until(warehouse, OF_THE_MODEL)
            time.sleep(delay)
            warehouse.query(f"select pg_terminate_backend(pid) from pg_stat_activity where {OF_THE_MODEL}")

        try:
            with beside(kill):
                run_dbt(["run", "--select", "int_measure_revisions"])
        except BuildError:
            killed += 1
            assert warehouse.query("select count(*) from marts.fct_measure_revisions") == before
        warehouse.apply_loads()
        assert differences(warehouse) == [(0,)]
    assert killed >= 2
    compare(warehouse, GRID, told)


def many_rows(number: int) -> pd.DataFrame:
    hours = [START + timedelta(hours=hour) for hour in range(2000)]
    names = {"grid": "many", "region": "r", "node": "n", "metric": "load"}
    frame = pd.DataFrame({"interval_start": hours, "value": float(number)}).assign(**names)
    return frame.assign(collected_at=frame["interval_start"] - timedelta(hours=10 - number))


def differences(warehouse: Warehouse) -> list[tuple]:
    """How many revisions are not as one window over all accepted rows has them."""
    columns = "series_id, interval_start, collected_at, value"
    chain = "lead(collected_at) over (partition by series_id, interval_start order by collected_at)"
    return warehouse.query(
        f"with expected as (select {columns}, {chain} as known_to from raw.measures),"
        f" found as (select {columns}, known_to from staging.int_measure_revisions)"
        " select (select count(*) from (select * from expected except select * from found) as lacking)"
        " + (select count(*) from (select * from found except select * from expected) as surplus)"
    )
