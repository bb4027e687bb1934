"""Clients that hardly read, leave in the middle, or send half of a body: others are served, and sessions come back."""

import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator

import httpx2
import pytest

from loaders import embedded_server
from loaders.service.admission import body_limit
from loaders.service.answers import encoding, reading, streaming
from tests.support.running_service import running_service
from tests.support.service_case import RANGE
from tests.support.warehouses import Warehouse

LIMIT_SECONDS = 20.0
QUERY = "/api/v1/measures/query/?start_datetime=2026-01-10T00:00Z&end_datetime=2026-01-11T00:00Z"
READERS = "select count(*) from pg_stat_activity where application_name = 'warehouse-notebooks' and query ~ '^fetch'"


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

    def repeat(tables: Iterable) -> Iterator[bytes]:
        if isinstance(tables, list):  # an answer that is not streamed
            return encoding.encode_ndjson(tables)
        return encoding.encode_ndjson(table for first in tables for table in itertools.repeat(first, 1_000_000))

    monkeypatch.setattr(reading, "CHUNK_ROWS", 30)
    monkeypatch.setitem(encoding.ENCODERS, "ndjson", repeat)


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


@pytest.mark.parametrize("leaves", [False, True])
def test_a_client_that_hardly_reads_or_leaves_keeps_no_session(
    filled: Warehouse, port: int, connection: socket.socket, long_answers: None, leaves: bool
) -> None:
    send(connection, f"GET {QUERY}", "Accept: application/x-ndjson")
    assert connection.recv(12) == b"HTTP/1.1 200"
    wait_until(lambda: sessions_that_read(filled) == 1, "the answer does not hold a session")
    assert is_served(port)
    if leaves:
        connection.close()
    wait_until(lambda: sessions_that_read(filled) == 0, "the session was not given back")
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


def test_an_answer_whose_session_ends_in_the_middle_is_not_taken_for_the_whole(
    filled: Warehouse, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminate = f"select pg_terminate_backend(pid) from ({READERS.replace('count(*)', 'pid')}) as readers"
    monkeypatch.setattr(reading, "CHUNK_ROWS", 30)
    original = encoding.encode_ndjson

    def interrupted(tables: Iterator) -> Iterator[bytes]:
        yield from original([next(tables)])
        assert len(filled.query(terminate)) == 1
        yield from original(tables)

    monkeypatch.setitem(encoding.ENCODERS, "ndjson", interrupted)
    headers = {"Accept": "application/x-ndjson"}
    with pytest.raises(httpx2.TransportError):
        httpx2.get(f"http://127.0.0.1:{port}{QUERY}", headers=headers, timeout=LIMIT_SECONDS)
    monkeypatch.setitem(encoding.ENCODERS, "ndjson", original)
    assert httpx2.get(f"http://127.0.0.1:{port}{QUERY}", headers=headers).text.count("\n") == 48


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
