"""A service with a port of its own, in a thread of this process, and clients that follow it."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import uvicorn
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from loaders.service.app import create_app
from loaders.service.options import ServiceOptions

LIMIT_SECONDS = 20.0


@contextmanager
def running_service(**options: Any) -> Iterator[tuple[uvicorn.Server, str]]:
    """Start a service; yields it and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(ServiceOptions(**options), lambda: server.should_exit)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + LIMIT_SECONDS
    while not server.started:
        assert time.monotonic() < deadline, "the service did not start"
        time.sleep(0.02)
    try:
        yield server, f"http://127.0.0.1:{port}/api/v1/stream"
    finally:
        server.should_exit = True
        thread.join(LIMIT_SECONDS)
        assert not thread.is_alive()


@contextmanager
def service_process(*options: str) -> Iterator[str]:
    """A service in a process of its own, with options of the command; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "loaders", "serve", "api", "--port", str(port), *options]
    process = subprocess.Popen(
        command, env=os.environ | {"WAREHOUSE_URL": "http://127.0.0.1:9"}, stderr=subprocess.DEVNULL
    )
    try:
        attempts = Retrying(
            stop=stop_after_delay(60), wait=wait_fixed(0.1), retry=retry_if_exception_type(httpx2.TransportError)
        )
        address = f"http://127.0.0.1:{port}"
        assert attempts(httpx2.get, f"{address}/health").status_code == 200
        yield address
    finally:
        process.terminate()
        process.wait(30)


class Follower:
    """The events of a stream, one at a time, without its comments."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def next_event(self) -> dict[str, Any]:
        """Return the fields of the next event; data as a value. Raises StopIteration at the end of the stream."""
        fields: dict[str, Any] = {}
        deadline = time.monotonic() + LIMIT_SECONDS
        while True:
            line = next(self._lines)
            assert time.monotonic() < deadline, "no event came"
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = json.loads(value) if name == "data" else value
            elif not line and fields:
                return fields


@contextmanager
def following(address: str, query: str = "", **headers: str) -> Iterator[Follower]:
    """Follow a stream."""
    with httpx2.stream("GET", f"{address}?{query}", headers=headers, timeout=LIMIT_SECONDS) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Follower(answer.iter_lines())
