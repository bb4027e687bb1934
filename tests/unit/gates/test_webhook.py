"""The webhook: gets failures alone, and never delays or fails the caller."""

import json
import logging
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from loaders.errors import BuildError
from loaders.gates.load_gate import GateVerdict
from loaders.gates.outputs import webhook as webhook
from loaders.gates.outputs.webhook import alert_check, alert_held, alert_when_build_fails, wait_for_alerts
from loaders.gates.results import CheckResult, ExpectationResult
from loaders.gates.rule_evaluation import GateResult
from loaders.settings import settings

FAILED = CheckResult("raw", [ExpectationResult("No load is odd", "load 7", 2, "loads", [{"load_id": 7}], "Decide")])
PASSED = CheckResult("raw", [ExpectationResult("No load is odd", "loads", 0, "loads")])
BROKEN = CheckResult("marts", [], error="Nothing answers")


class Hook(BaseHTTPRequestHandler):
    """Answers /STATUS with that status, /silent never, /drip with a byte now and then, /500/once with 500 once."""

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
            failed_before = self.path.endswith("/once") and len(self.server.received) > 1
            self.send_response(200 if failed_before else int(self.path.split("/")[1]))
            self.end_headers()

    def log_message(self, *given: object) -> None:
        pass


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    """A server of this machine, and short timeouts."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(webhook, "TIMEOUT", 0.2)
    monkeypatch.setattr(webhook, "PATIENCE", 0.4)
    monkeypatch.setattr(webhook, "PAUSES", (0.01, 0.02))
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


def test_a_failed_check_is_sent_with_what_broke_it(
    hook: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    point_at(monkeypatch, address(hook, "/200"))
    alert_check(FAILED)
    wait_for_alerts()
    [(_, kind, sent)] = hook.received
    assert kind == "application/json"
    assert sent["text"] == "check raw failed: No load is odd (load 7)"
    assert sent["failures"][0]["rows"] == [{"load_id": 7}]
    assert sent["failures"][0]["observed"] == "2 loads"
    assert caplog.records == []


def test_a_held_load_is_sent_with_the_rules_it_broke(
    hook: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(monkeypatch, address(hook, "/200"))
    broken = GateResult(7, "load_range", "load", 200, 9, 0.01, "value from 0 to 5", [{"node": "N", "value": 9.0}])
    alert_held(GateVerdict(6, True, []), "good.csv")
    alert_held(GateVerdict(7, False, [broken]), "bad.csv")
    wait_for_alerts()
    [(_, _, sent)] = hook.received
    assert sent["text"].startswith("load 7 (bad.csv) is held: load_range fails for 9 of 200 rows of load")
    assert sent["failures"][0]["observed"] == "9 of 200 rows"
    assert sent["failures"][0]["limit"] == "1.00% of the rows"
    assert sent["failures"][0]["rows"] == [{"node": "N", "value": 9.0}]


def test_a_check_that_could_not_run_is_sent_too(hook: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(monkeypatch, address(hook, "/200"))
    alert_check(BROKEN)
    wait_for_alerts()
    assert hook.received[0][2]["text"] == "check marts failed: Nothing answers"


def test_a_check_that_passed_is_not_sent(hook: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(monkeypatch, address(hook, "/200"))
    alert_check(PASSED)
    wait_for_alerts()
    assert hook.received == []


def test_without_an_address_nothing_is_sent(hook: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(monkeypatch, "")
    alert_check(FAILED)
    wait_for_alerts()
    assert hook.received == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/500/s3cret", "the server responded 500"),
        ("/404", "the server responded 404"),
        ("/silent", "TimeoutError|no response within 0.4 s"),
        ("/drip", "no response within 0.4 s"),
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
    started = time.monotonic()
    alert_check(FAILED)
    assert time.monotonic() - started < 0.4  # less than one request may take
    wait_for_alerts()
    assert time.monotonic() - started < 20
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert re.search(reason, record.getMessage())
    assert "s3cret" not in caplog.text
    assert "127.0.0.1" not in caplog.text


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/s3cret", "http://s3cret.invalid/", "file:///s3cret", "s3cret", "http://s3cret bad:x/"]
)
def test_an_address_that_cannot_be_reached_is_a_warning_without_it(
    hook: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    monkeypatch.setattr(webhook, "PATIENCE", 8)
    point_at(monkeypatch, url)
    alert_check(FAILED)
    wait_for_alerts()
    assert "was not delivered" in caplog.text
    assert "s3cret" not in caplog.text


def test_a_failed_build_is_sent_with_its_reason(hook: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(monkeypatch, address(hook, "/200"))
    with pytest.raises(BuildError), alert_when_build_fails():
        raise BuildError("dbt: model dim_node failed: no such column.\nRun it alone.")
    wait_for_alerts()
    [(_, _, sent)] = hook.received
    assert sent["text"] == "dbt build failed: dbt: model dim_node failed: no such column. Run it alone"
    assert sent["gate"] == "build"


@pytest.mark.parametrize(("path", "attempts"), [("/500/once", 2), ("/500", 3), ("/404", 1), ("/200", 1)])
def test_what_may_pass_is_tried_again_and_nothing_else(
    hook: ThreadingHTTPServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    path: str,
    attempts: int,
) -> None:
    monkeypatch.setattr(webhook, "PATIENCE", 5)
    point_at(monkeypatch, address(hook, path))
    alert_check(FAILED)
    wait_for_alerts()
    assert len(hook.received) == attempts
    assert ("was not delivered" in caplog.text) == (path in ("/500", "/404"))


def test_a_process_that_ends_waits_for_its_alerts(hook: ThreadingHTTPServer) -> None:
    program = (
        "from loaders.errors import BuildError\n"
        "from loaders.gates import alert_when_build_fails\n"
        "try:\n"
        "    with alert_when_build_fails():\n"
        "        raise BuildError('late')\n"
        "except BuildError:\n"
        "    pass\n"
    )
    environment = {**os.environ, "WAREHOUSE_ALERT_URL": address(hook, "/200")}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=60)
    assert [sent["error"] for _, _, sent in hook.received] == ["late"]
