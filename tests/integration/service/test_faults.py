"""What goes wrong in the middle of a request: others are served, sessions come back, and no edit is half done.

Clients hardly read, leave, or send half of a body; a session of the database, the server or the service is ended.
"""

import contextlib
import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import httpx2
import pyarrow as pa
import pytest
from warehouse.widgets import edit_actions

from loaders import embedded_server
from loaders.service.admission import body_limit
from loaders.service.answers import encoding, reading, streaming
from loaders.service.app import READ_THREADS
from tests.support.forked_commands import ForkedCommand, ForkedFunction
from tests.support.running_service import running_service
from tests.support.service_case import RANGE, START, client_of
from tests.support.warehouses import Warehouse

LIMIT_SECONDS = 60.0
QUERY = "/api/v1/measures/query/?start_datetime=2026-01-10T00:00Z&end_datetime=2026-01-11T00:00Z"
FORMS = ("json", "ndjson", "csv", "arrow", "parquet")
READERS = """
select count(*) from pg_stat_activity
where datname = current_database() and application_name = 'warehouse-notebooks' and query ~ '^fetch'
"""

STORED = (
    "select * from raw.nodes order by node_id",
    "select kind, change, new_names from raw.registry_events order by event_id",
    "select status, source, rows_inserted from raw.loads order by load_id",
    "select series_id, interval_start, value from raw.measures order by row_id",
    "select load_id, status from raw.load_events order by event_id",
    "select * from raw.rejected_rows",
)
OTHER_SESSIONS = """
select count(*) filter (where wait_event_type = 'Lock' and wait_event = 'relation'), count(*)
from pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and state <> 'idle' and pid <> pg_backend_pid()
"""
NAMES = {"grid": "North", "region": "Coast", "node": "Mill", "metric": "load", "source": "plant"}
MEASURE = NAMES | {"timestamp": "2026-02-01T00:00Z", "collected_at": "2026-02-02T00:00Z", "value": 41.5}
Edit: TypeAlias = tuple[str, str, Any]  # method, path and body


@pytest.fixture(scope="module")
def port(filled: Warehouse) -> Iterator[int]:
    """Of a service that cuts off after half a second without progress."""
    patch = pytest.MonkeyPatch()
    patch.setattr(streaming, "SEND_SECONDS", 0.5)
    patch.setattr(body_limit, "RECEIVE_SECONDS", 0.5)
    with running_service(requests_per_minute=60_000) as (_, stream):
        yield int(stream.rpartition(":")[2].partition("/")[0])
    patch.undo()


@pytest.fixture
def long_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every part of an answer is repeated until it has millions of rows; the session is held meanwhile."""

    def repeating(encode: encoding.Encoder) -> encoding.Encoder:
        def repeat(tables: Iterable) -> Iterator[encoding.Part]:
            if isinstance(tables, list):  # an answer that is not streamed
                return encode(tables)
            return encode(table for first in tables for table in itertools.repeat(first, 1_000_000))

        return repeat

    monkeypatch.setattr(reading, "CHUNK_ROWS", 30)
    for form, encode in list(encoding.ENCODERS.items()):
        monkeypatch.setitem(encoding.ENCODERS, form, repeating(encode))


@pytest.fixture
def connection(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_SECONDS) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        yield opened


def send(connection: socket.socket, first_line: str, *headers: str, body: bytes = b"") -> None:
    lines = [f"{first_line} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]
    connection.sendall("\r\n".join(lines).encode() + body)


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def is_served(port: int) -> bool:
    answer = httpx2.get(f"http://127.0.0.1:{port}/api/v1/nodes/", timeout=LIMIT_SECONDS)
    return answer.status_code == 200 and len(answer.json()) == 4


def sessions_that_read(warehouse: Warehouse) -> int:
    return warehouse.query(READERS)[0][0]


def test_a_client_that_hardly_reads_keeps_no_session(
    filled: Warehouse, port: int, connection: socket.socket, long_answers: None
) -> None:
    send(connection, f"GET {QUERY}", "Accept: application/x-ndjson")
    assert connection.recv(12) == b"HTTP/1.1 200"
    wait_until(lambda: sessions_that_read(filled) == 1, "the answer does not hold a session")
    assert is_served(port)
    wait_until(lambda: sessions_that_read(filled) == 0, "the session was not given back")
    assert is_served(port)


@pytest.mark.parametrize("form", FORMS)
def test_clients_that_leave_in_the_middle_of_long_answers_keep_nothing(
    filled: Warehouse, port: int, long_answers: None, form: str
) -> None:
    """More clients than there are threads, one after the other, so that a thread that is kept would be missed."""
    assert is_served(port)
    before = pa.total_allocated_bytes()
    for _ in range(READ_THREADS + 1):
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_SECONDS) as client:
            send(client, f"GET {QUERY}&format={form}")
            assert client.recv(12) == b"HTTP/1.1 200"
            wait_until(lambda: sessions_that_read(filled) == 1, "the answer does not hold a session")
        wait_until(lambda: sessions_that_read(filled) == 0, "the session was not given back")
    wait_until(lambda: pa.total_allocated_bytes() < before + 1_000_000, "the memory was not given back")
    assert is_served(port)


def test_half_a_body_is_refused_after_a_while_and_stores_nothing(
    filled: Warehouse, port: int, connection: socket.socket, keys: dict[str, str]
) -> None:
    loads = filled.query("select count(*) from raw.loads")
    key = f"Authorization: Bearer {keys['loader']}"
    for path in ("POST /api/v1/measures/", "PUT /api/v1/measures/1-1767999600/"):
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_SECONDS) as client:
            send(client, path, key, "Content-Type: application/json", "Content-Length: 1000", body=b'{"value": ')
            assert is_served(port)
            assert client.recv(12) == b"HTTP/1.1 408"
    assert filled.query("select count(*) from raw.loads") == loads


def test_a_client_that_leaves_in_a_body_stores_nothing(filled: Warehouse, port: int, keys: dict[str, str]) -> None:
    loads = filled.query("select count(*) from raw.loads")
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_SECONDS) as client:
        send(client, "POST /api/v1/measures/", f"Authorization: Bearer {keys['loader']}", "Content-Type: text/csv",
             "Content-Length: 1000", body=b"grid,region,node\n")  # fmt: skip
    assert is_served(port)
    assert filled.query("select count(*) from raw.loads") == loads


@pytest.mark.parametrize("form", FORMS)
def test_an_answer_whose_session_ends_in_the_middle_is_not_taken_for_the_whole(
    filled: Warehouse, port: int, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    whole = httpx2.get(f"http://127.0.0.1:{port}{QUERY}&format={form}").content
    terminate = f"select pg_terminate_backend(pid) from ({READERS.replace('count(*)', 'pid')}) as readers"
    monkeypatch.setattr(reading, "CHUNK_ROWS", 30)
    original = encoding.ENCODERS[form]

    def interrupted(tables: Iterator) -> Iterator[encoding.Part]:
        def until_the_session_ends() -> Iterator[pa.Table]:
            yield next(tables)
            assert len(filled.query(terminate)) == 1
            yield from tables

        return original(until_the_session_ends())

    monkeypatch.setitem(encoding.ENCODERS, form, interrupted)
    # Another question for the same rows, whose answer is not in memory.
    again = f"http://127.0.0.1:{port}{QUERY}&format={form}&metric=load&metric=load_forecast"
    with httpx2.stream("GET", again, timeout=LIMIT_SECONDS) as answer:
        assert (answer.status_code, answer.headers["transfer-encoding"]) == (200, "chunked")
        with pytest.raises(httpx2.TransportError):
            answer.read()
    assert sessions_that_read(filled) == 0
    monkeypatch.setitem(encoding.ENCODERS, form, original)
    assert httpx2.get(f"http://127.0.0.1:{port}{QUERY}&format={form}").content == whole


@pytest.mark.embedded
def test_a_build_and_a_restart_of_the_server_under_load(filled: Warehouse, port: int) -> None:
    done = threading.Event()
    answers: list[tuple[int, int]] = []
    faults: list[str] = []

    def ask() -> None:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=LIMIT_SECONDS) as client:
            while not done.is_set():
                answer = client.get("/api/v1/measures/query/", params=RANGE)
                rows = len(answer.json()) if answer.status_code == 200 else 0
                answers.append((answer.status_code, rows))
                if answer.status_code == 503 and "retry-after" not in answer.headers:
                    faults.append(json.dumps(answer.json()))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    try:
        filled.apply_loads()
        embedded_server.stop()
        wait_until(lambda: 503 in {status for status, _ in answers}, "nobody noticed that the server is away")
        embedded_server.start()
        before = len(answers)
        wait_until(lambda: (200, 48) in answers[before:], "the service did not come back")
    finally:
        done.set()
        for thread in threads:
            thread.join(LIMIT_SECONDS)
    assert set(answers) == {(200, 48), (503, 0)}
    assert faults == []


def correct_in_the_app(hour: str) -> None:
    """What the kernel of the editing app does for a visitor who corrects a value."""
    names = NAMES | {"grid": "South", "region": "Hills", "node": "Dam"}
    edit_actions.correct({hour: 77.0}, why="metered again", **names)


@contextmanager
def nobody_can_finish(warehouse: Warehouse) -> Iterator[None]:
    """An edit stores its rows, and then waits to enter what it did in the ledger or among the changes of places."""
    with warehouse.connect(None) as other:
        other.autocommit = False
        other.execute("lock table raw.load_events, raw.registry_events in share mode")
        yield
        other.rollback()


@contextmanager
def started_service() -> Iterator[tuple[ForkedCommand, int]]:
    """A service in a process of its own, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ForkedCommand(["serve", "api", "--port", str(port)])

    def answers() -> bool:
        with contextlib.suppress(httpx2.TransportError):
            return httpx2.get(f"http://127.0.0.1:{port}/health").status_code == 200
        return False

    try:
        wait_until(answers, "the service did not start")
        yield command, port
    finally:
        command.kill()


def begin_edit(port: int, key: str, method: str, path: str, body: Any) -> socket.socket:
    """Send an edit without waiting for its answer."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=LIMIT_SECONDS)
    text = b"" if body is None else json.dumps(body).encode()
    headers = (f"X-API-Key: {key}", "Content-Type: application/json", f"Content-Length: {len(text)}")
    send(connection, f"{method} {path}", *headers, body=text)
    return connection


def edits_of(warehouse: Warehouse) -> list[Edit]:
    """One of each kind: a load, a value that is withdrawn, and a node that is moved and renamed."""
    [(quarry, coast, series)] = warehouse.query(
        "select (select node_id from raw.nodes where node_name = 'Quarry'), region_id,"
        " (select series_id from marts.dim_series where node_name = 'Harbour' and metric = 'load')"
        " from raw.regions where region_name = 'Coast'"
    )
    return [
        ("POST", "/api/v1/measures/", [MEASURE]),
        ("DELETE", f"/api/v1/measures/{series}-{int(START.timestamp())}/", None),
        ("PUT", f"/api/v1/nodes/{quarry}/", {"name": "Pit", "region": coast}),
    ]


def test_edits_whose_process_is_killed_are_not_done_and_can_be_done_again(
    filled: Warehouse, keys: dict[str, str]
) -> None:
    def stored() -> list[Any]:
        return [filled.query(query) for query in STORED]

    before, edits = stored(), edits_of(filled)
    with started_service() as (service, port), nobody_can_finish(filled):
        connections = [begin_edit(port, keys["loader"], *edit) for edit in edits]
        app = ForkedFunction(correct_in_the_app, START.isoformat())
        wait_until(lambda: filled.query(OTHER_SESSIONS)[0][0] == len(edits) + 1, "the edits are not under way")
        service.kill()
        app.kill()
        for connection in connections:
            with connection, contextlib.suppress(ConnectionResetError):
                assert connection.recv(12) == b"", "an edit was answered"
    wait_until(lambda: filled.query(OTHER_SESSIONS) == [(0, 0)], "an edit goes on")
    assert stored() == before
    with client_of(keys["loader"]) as client:
        answers = [client.request(method, path, json=body) for method, path, body in edits]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    correct_in_the_app(START.isoformat())
    assert [len(new) - len(old) for old, new in zip(before, stored(), strict=True)] == [0, 2, 3, 3, 6, 0]
