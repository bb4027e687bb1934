"""One connection per thread stays open between calls, outside of transactions, and survives what happens around it."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

import pandas as pd
import pytest
import warehouse as wh
from warehouse import ReadError, connection, session
from warehouse.connections.arrow_connection import ArrowConnection
from warehouse.connections.row_connection import RowConnection

from loaders import embedded_server
from loaders.registry import edits
from tests.support.warehouses import Warehouse, changed_environment, temporary_database

ROW = {"grid": "G", "region": "R", "node": "N", "metric": "load"}
SESSIONS = "select pid, state from pg_stat_activity where application_name = 'warehouse-notebooks' and datname = %s"


@pytest.fixture(scope="module")
def filled_template(built_template: str) -> Iterator[str]:
    """A database with ten hours of one node, to copy."""
    with temporary_database("test_shared", built_template) as made:
        hours = pd.date_range("2026-03-28", periods=10, freq="1h", tz="UTC")
        rows = pd.DataFrame({"interval_start": hours, "collected_at": hours, "value": 1.0}).assign(**ROW)
        made.deliver(rows)
        made.apply_loads()
        yield made.name


@pytest.fixture
def filled(filled_template: str) -> Iterator[Warehouse]:
    """Ten hours of one node."""
    session.close_sessions()
    with temporary_database("test_own", filled_template) as made:
        yield made
        session.close_sessions()


def test_calls_share_two_connections_that_are_in_no_transaction_between_them(filled: Warehouse) -> None:
    for _ in range(3):
        assert len(wh.latest()) == 10
    with pytest.raises(wh.ReadError):
        wh.latest(node="X")
    assert len(wh.latest(node="N")) == 10
    # One for any number of rows and one for few; the latter does not wait for the server to end its transaction.
    for _ in range(200):
        states = [state for _, state in filled.query(SESSIONS, filled.name)]
        if states == ["idle", "idle"]:
            break
        time.sleep(0.05)
    assert states == ["idle", "idle"]
    assert len(wh.latest()) == 10


def test_all_queries_of_a_call_are_in_one_transaction_also_after_one_with_a_time(filled: Warehouse) -> None:
    """The driver sets the time zone around such a query, and ends a transaction then that it did not begin."""
    time = datetime(2026, 3, 28, tzinfo=UTC)
    with session.open_reader() as read:
        began_at = {read("select now() as at, $1::timestamptz", time)["at"][0] for _ in range(3)}
    assert len(began_at) == 1


def test_a_call_is_one_transaction_and_needs_no_thread_of_its_own(
    filled: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, begin = [], session.Session.begin
    monkeypatch.setattr(session.Session, "begin", lambda self: (started.append(self), begin(self))[1])
    wh.latest()
    threads = set(threading.enumerate())
    for call in (
        lambda: wh.latest("2026-03-28", "2026-03-29"),  # local days, for which the zone is read first
        lambda: wh.as_of("2026-03-28T05:00Z", "2026-03-28", "2026-03-29"),
        lambda: wh.accuracy("2026-03-28", "2026-03-29"),
    ):
        started.clear()
        call()
        assert len(started) == 1
        assert set(threading.enumerate()) == threads


@pytest.mark.parametrize("call", [wh.latest, partial(wh.as_of, "2026-03-28T05:00Z"), partial(wh.latest, resample="1D")])
def test_few_values_of_one_node_are_read_as_rows_and_anything_more_as_arrow(
    filled: Warehouse, monkeypatch: pytest.MonkeyPatch, call: Callable[..., pd.DataFrame]
) -> None:
    used, begin = [], session.Session.begin
    monkeypatch.setattr(session.Session, "begin", lambda self: (used.append(type(self.connection)), begin(self))[1])
    day = partial(call, "2026-03-28", "2026-03-29")
    as_rows = [read(**ROW) for read in (day, call)]
    assert set(used) == {RowConnection}
    used.clear()
    as_arrow = [read(**ROW | {"node": ["N"]}) for read in (day, call)]
    day(grid="G")
    list(day(chunks=5, **ROW))
    assert set(used) == {ArrowConnection}
    count = len(as_rows[1])
    monkeypatch.setattr(connection, "FEW_ROWS", count)
    used.clear()
    assert len(call(**ROW)) == count
    assert used == [RowConnection]
    monkeypatch.setattr(connection, "FEW_ROWS", count - 1)
    used.clear()
    again = call(**ROW)
    assert used == [RowConnection, ArrowConnection]
    assert len(call(limit=count, **ROW)) == count
    for answer, expected in zip([*as_arrow, again], [*as_rows, as_rows[1]], strict=True):
        pd.testing.assert_frame_equal(answer, expected)


def test_an_unknown_argument_is_refused_by_the_function_that_was_called(filled: Warehouse) -> None:
    with pytest.raises(TypeError, match=r"latest\(\) got an unexpected keyword argument 'nodes'"):
        wh.latest(nodes="N")


def test_a_call_that_fails_leaves_the_next_one_its_own_transaction(filled: Warehouse) -> None:
    with pytest.raises(ReadError):
        wh.latest("2026-03-28", "2026-03-29", grid="no such grid")
    with pytest.raises(ReadError):
        wh.sql("select 1 / 0")
    assert len(wh.latest()) == 10


def test_a_connection_that_was_ended_is_opened_again(filled: Warehouse) -> None:
    before = wh.latest()
    filled.query(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and application_name = 'warehouse-notebooks'"
    )
    pd.testing.assert_frame_equal(wh.latest().reset_index(drop=True), before)


@pytest.mark.embedded
def test_a_server_that_was_restarted_is_found_again(filled: Warehouse) -> None:
    assert len(wh.latest()) == 10
    with changed_environment(PGHOST=None, PGPORT=None, PGUSER=None, PGPASSWORD=None):
        embedded_server.stop()
        embedded_server.start()
    assert len(wh.latest()) == 10


def test_another_target_is_read_from_at_the_next_call(filled: Warehouse, built_template: str) -> None:
    assert len(wh.latest()) == 10
    with changed_environment(PGDATABASE=built_template):
        assert wh.latest().empty
    assert len(wh.latest()) == 10


def test_a_renamed_node_has_its_new_name_at_the_next_call_after_the_build(filled: Warehouse) -> None:
    assert set(wh.latest(node="N")["node_name"]) == {"N"}
    with filled.connect(autocommit=False) as connection:
        edits.rename(connection, "node", "N", "New", why="test")
    filled.apply_loads()
    assert set(wh.latest(node="New")["node_name"]) == {"New"}
    with pytest.raises(wh.ReadError, match="Unknown node 'N'"):
        wh.latest(node="N")


def test_each_thread_has_its_own_connection_which_ends_with_it(filled: Warehouse) -> None:
    lengths, barrier = [], threading.Barrier(4)

    def read() -> None:
        barrier.wait()
        lengths.extend(len(wh.latest()) for _ in range(5))
        barrier.wait()
        barrier.wait()

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    wh.latest()
    barrier.wait()
    barrier.wait()
    assert len(filled.query(SESSIONS, filled.name)) == 4
    barrier.wait()
    for thread in threads:
        thread.join()
    assert lengths == [10] * 15
    for _ in range(50):
        if len(filled.query(SESSIONS, filled.name)) == 1:
            break
        time.sleep(0.1)
    assert len(filled.query(SESSIONS, filled.name)) == 1


def test_a_forked_process_opens_its_own_connection_and_leaves_the_parents_alone(filled: Warehouse) -> None:
    before = wh.latest()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if wh.latest().equals(before) else 2
            session.close_sessions()
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    ((parent, _),) = filled.query(SESSIONS, filled.name)
    assert len(wh.latest()) == 10
    assert filled.query(SESSIONS, filled.name)[0][0] == parent


def test_an_answer_in_chunks_locks_nothing_that_a_build_changes(filled: Warehouse) -> None:
    parts = wh.latest(chunks=2)
    next(parts)
    started = time.monotonic()
    with filled.connect(None, autocommit=False) as connection:
        connection.execute("set lock_timeout = '2s'")
        connection.execute("lock table marts.dim_series in access exclusive mode")
        connection.execute("alter view marts.fct_measures_latest rename to renamed")
        connection.rollback()
    assert len(wh.latest()) == 10
    assert time.monotonic() - started < 1
    assert [len(part) for part in parts] == [2, 2, 2, 2]


def test_chunks_that_are_given_up_close_their_connection(filled: Warehouse) -> None:
    parts = wh.latest(chunks=2)
    next(parts)
    assert len(filled.query(SESSIONS, filled.name)) == 1
    del parts
    assert filled.query(SESSIONS, filled.name) == []
