"""The service as a process of its own: it starts, survives clients and lost connections, and stops."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.support.service_case import RANGE
from tests.support.warehouses import Warehouse

QUERY = "/api/v1/measures/query/?" + "&".join(f"{name}={value}" for name, value in RANGE.items())
START_SECONDS = 60


@pytest.fixture(scope="module")
def port(filled: Warehouse) -> Iterator[int]:
    """The port of a running service."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    command = [sys.executable, "-m", "loaders", "serve", "api", "--port", str(number)]
    process = subprocess.Popen(command, env=os.environ.copy(), stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_healthy(number):
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < deadline, "the service did not start"
            time.sleep(0.2)
        yield number
        process.send_signal(signal.SIGINT)
        assert process.wait(20) in (0, 130, -signal.SIGINT)
    finally:
        process.kill()
        process.wait()


def get(port: int, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def is_healthy(port: int) -> bool:
    try:
        return get(port, "/health")[0] == 200
    except OSError:
        return False


def test_the_command_serves_the_marts(port: int) -> None:
    status, body = get(port, QUERY)
    assert status == 200
    assert len(json.loads(body)) == 48


def test_a_client_that_leaves_or_stays_silent_keeps_nobody_waiting(port: int) -> None:
    request = f"GET {QUERY}&format=ndjson HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    silent = []
    for number in range(30):
        client = socket.create_connection(("127.0.0.1", port), timeout=10)
        client.sendall(request if number % 2 else request[:40])
        if number % 3 == 0:
            client.close()
        else:
            silent.append(client)
    started = time.monotonic()
    assert get(port, QUERY)[0] == 200
    assert time.monotonic() - started < 10
    for client in silent:
        client.close()


def test_lost_connections_of_the_database_are_opened_again(port: int, filled: Warehouse) -> None:
    assert get(port, QUERY)[0] == 200
    lost = filled.query(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity"
        " where datname = current_database() and application_name in ('warehouse-service', 'warehouse-notebooks')"
    )
    assert lost[0][0] > 0
    fresh = f"{QUERY}&metric=load"  # not in memory
    assert [get(port, path)[0] for path in (QUERY, fresh, "/api/v1/dashboard/")] == [200, 200, 200]
