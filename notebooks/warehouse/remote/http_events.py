"""Wait for changes of the marts over HTTP: the stream of the service, read by a thread."""

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx

from warehouse.errors import ReadError

if TYPE_CHECKING:
    from warehouse.remote.http_client import ServiceClient

STREAM = "/api/v1/stream"
# The service sends a comment every 15 s.
REQUEST: dict[str, Any] = {"accept": "text/event-stream", "seconds": 40.0}
RECONNECT_SECONDS = 1.0


class ServiceListener:
    """Reads the stream of changes. It connects at the first wait, and again when the connection is lost."""

    def __init__(self, client: "ServiceClient") -> None:
        self._client = client
        self._woken, self._closed = threading.Event(), threading.Event()
        self._response: httpx.Response | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "ServiceListener":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def wait(self, seconds: float | None) -> bool:
        """Return True when something may have changed; False after that time. None: no limit."""
        if seconds is not None and seconds <= 0:
            return False
        if self._thread is None:
            self._closed, self._woken = threading.Event(), threading.Event()
            self._thread = threading.Thread(target=self._listen, args=(self._closed, self._woken), daemon=True)
            self._thread.start()
        deadline = None if seconds is None else time.monotonic() + seconds
        if self._woken.wait(seconds):
            self._woken.clear()
            return True
        return deadline is None or time.monotonic() < deadline

    def close(self) -> None:
        """End the stream."""
        self._closed.set()
        self._thread = None
        response = self._response
        if response is not None:
            stream = response.extensions.get("network_stream")
            connection = stream.get_extra_info("socket") if stream is not None else None
            if connection is not None:
                with contextlib.suppress(OSError):  # it may have ended
                    connection.shutdown(socket.SHUT_RDWR)  # wakes the thread, which closes the response

    def _listen(self, closed: threading.Event, woken: threading.Event) -> None:
        while not closed.is_set():
            with contextlib.suppress(ReadError), self._client.send("GET", STREAM, **REQUEST) as response:
                self._response = response
                for line in response.iter_lines():
                    if closed.is_set():
                        return
                    if line.startswith("id:"):  # the first one too: a build may have ended before the connection
                        woken.set()
            self._response = None
            closed.wait(RECONNECT_SECONDS)
