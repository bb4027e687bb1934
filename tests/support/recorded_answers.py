"""A server on this machine that answers as a publisher's site was recorded to answer."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Recorded:
    """One answer."""

    body: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class RecordedSite:
    """The address of the server, and the paths that were requested of it."""

    port: int
    requested: list[str] = field(default_factory=list)


@contextmanager
def recorded_site(answer: Callable[[str], Recorded]) -> Iterator[RecordedSite]:
    """Serve what `answer` returns for a path with its query."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.requested.append(self.path)
            recorded = answer(self.path)
            content = recorded.body.encode()
            self.send_response(recorded.status)
            for name, value in {"Content-Length": str(len(content)), **recorded.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *parts: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        site = RecordedSite(server.server_port)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
