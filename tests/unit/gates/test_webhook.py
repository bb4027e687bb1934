"""The webhook: told of failures alone, and never in the way."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from loaders.gates.load_gate import Verdict
from loaders.gates.outputs import webhook as alert_module
from loaders.gates.outputs.webhook import alert, alert_held
from loaders.gates.results import CheckReport, Outcome
from loaders.gates.rule_evaluation import GateResult
from loaders.settings import settings

FAILED = CheckReport("raw", [Outcome("No load is odd", "load 7", 2, "loads", [{"load_id": 7}], "Decide")])
PASSED = CheckReport("raw", [Outcome("No load is odd", "loads", 0, "loads")])
BROKEN = CheckReport("marts", [], error="Nothing answers")


class Hook(BaseHTTPRequestHandler):
    """Answers /STATUS with that status, /silent never, /drip with a byte now and then."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers["Content-Type"], json.loads(body)))
        if self.path == "/silent":
            self.server.released.wait(20)
        elif self.path == "/drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self.server.released.wait(0.05):
                self.wfile.write(b"X-Drip: 1\r\n")
        else:
            self.send_response(int(self.path.split("/")[1]))
            self.end_headers()

    def log_message(self, *given: object) -> None:
        pass


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    """A server of this machine, and short patience."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(alert_module, "TIMEOUT", 0.2)
    monkeypatch.setattr(alert_module, "PATIENCE", 0.4)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.daemon_threads = True
    server.received, server.released = [], threading.Event()
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()
    settings.cache_clear()


def point_at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("WAREHOUSE_ALERT_URL", url)
    settings.cache_clear()


def address(hook: ThreadingHTTPServer, path: str) -> str:
    return f"http://127.0.0.1:{hook.server_address[1]}{path}"


def test_a_failed_check_is_told_with_what_broke_it(
    hook: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    point_at(monkeypatch, address(hook, "/200"))
    alert(FAILED)
    [(_, kind, told)] = hook.received
    assert kind == "application/json"
    assert told["text"] == "check raw failed: No load is odd (load 7)"
    assert told["failures"][0]["rows"] == [{"load_id": 7}]
    assert told["failures"][0]["observed"] == "2 loads"
    assert caplog.records == []


def test_a_held_load_is_told_with_the_rules_it_broke(
    hook: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(monkeypatch, address(hook, "/200"))
    broken = GateResult(7, "load_range", "load", 200, 9, 0.01, "value from 0 to 5", [{"node": "N", "value": 9.0}])
    alert_held(Verdict(6, True, []), "good.csv")
    alert_held(Verdict(7, False, [broken]), "bad.csv")
    [(_, _, told)] = hook.received
    assert told["text"].startswith("load 7 (bad.csv) is held: load_range fails for 9 of 200 rows of load")
    assert told["failures"][0]["observed"] == "9 of 200 rows"
    assert told["failures"][0]["limit"] == "1.00% of the rows"
    assert told["failures"][0]["rows"] == [{"node": "N", "value": 9.0}]


def test_a_gate_that_could_not_be_asked_is_told_too(hook: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(monkeypatch, address(hook, "/200"))
    alert(BROKEN)
    assert hook.received[0][2]["text"] == "check marts failed: Nothing answers"


def test_a_check_that_passed_is_not_told(hook: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(monkeypatch, address(hook, "/200"))
    alert(PASSED)
    assert hook.received == []


def test_without_an_address_nobody_is_told(hook: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(monkeypatch, "")
    alert(FAILED)
    assert hook.received == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/500/s3cret", "the server answered 500"),
        ("/404", "the server answered 404"),
        ("/silent", "imeout"),
        ("/drip", "no answer within 0.4 s"),
    ],
)
def test_an_alert_that_fails_or_hangs_is_a_warning(
    hook: ThreadingHTTPServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    path: str,
    reason: str,
) -> None:
    point_at(monkeypatch, address(hook, path))
    begun = time.monotonic()
    alert(FAILED)
    assert time.monotonic() - begun < 2
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert reason in record.getMessage()
    assert "s3cret" not in caplog.text
    assert "127.0.0.1" not in caplog.text


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/s3cret", "http://s3cret.invalid/", "file:///s3cret", "s3cret", "http://s3cret bad:x/"]
)
def test_an_address_that_cannot_be_reached_is_a_warning_without_it(
    hook: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    monkeypatch.setattr(alert_module, "PATIENCE", 8)
    point_at(monkeypatch, url)
    alert(FAILED)
    assert "was not delivered" in caplog.text
    assert "s3cret" not in caplog.text
