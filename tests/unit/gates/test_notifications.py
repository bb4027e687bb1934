"""Alerts as e-mail and to chat services, through apprise, to servers of this machine."""

import builtins
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string
from email.policy import default
from typing import Any

import pytest

from loaders.errors import BuildError
from loaders.gates.outputs import webhook
from loaders.gates.outputs.webhook import alert_run, alert_when_build_fails, wait_for_alerts
from loaders.settings import settings


class MailServer(socketserver.StreamRequestHandler):
    """Accepts each message, or refuses each one; keeps the texts."""

    def handle(self) -> None:
        self._answer("220 ready")
        for line in self.rfile:
            command = line.decode().strip().upper()
            if command.startswith("EHLO"):
                self._answer("250 hello")
            elif command.startswith("RCPT") and self.server.refuses:
                self._answer("550 no such mailbox")
            elif command == "DATA":
                self._answer("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.received.append(b"".join(lines).decode())
                self._answer("250 accepted")
            elif command == "QUIT":
                self._answer("221 bye")
                return
            else:
                self._answer("250 ok")

    def _answer(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mail_server(refuses: bool = False) -> Iterator[Any]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), MailServer)
    server.daemon_threads, server.received, server.refuses = True, [], refuses
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def mailbox(server: Any, name: str = "operator") -> str:
    return f"mailto://127.0.0.1:{server.server_address[1]}/?from=warehouse@grid.example&to={name}@grid.example"


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(webhook, "PAUSES", (0.01, 0.02))
    yield
    settings.cache_clear()


def point_at(monkeypatch: pytest.MonkeyPatch, addresses: str) -> None:
    monkeypatch.setenv("WAREHOUSE_ALERT_URL", addresses)
    settings.cache_clear()


def test_a_failed_build_arrives_as_mail_at_every_address(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with mail_server() as server:
        point_at(monkeypatch, f"{mailbox(server)} {mailbox(server, 'second')}")
        with pytest.raises(BuildError), alert_when_build_fails():
            raise BuildError("dbt: model dim_node failed")
        wait_for_alerts()
        mails = [message_from_string(text, policy=default) for text in server.received]
    assert sorted(mail["To"] for mail in mails) == ["operator@grid.example", "second@grid.example"]
    for mail in mails:
        assert "Warehouse alert" in mail["Subject"]
        assert "dbt build failed: dbt: model dim_node failed" in mail.as_string().replace("=\n", "")
    assert caplog.records == []


def test_an_alert_that_is_not_accepted_is_logged_without_its_address(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with mail_server(refuses=True) as server:
        point_at(monkeypatch, mailbox(server, "s3cret"))
        alert_run("run failed", {})
        wait_for_alerts()
        assert server.received == []
    point_at(monkeypatch, "nonsense://s3cret")
    alert_run("run failed", {})
    wait_for_alerts()
    assert caplog.messages == [
        "The alert to WAREHOUSE_ALERT_URL was not delivered (mailto did not accept it).",
        "The alert to WAREHOUSE_ALERT_URL was not delivered (apprise does not know the nonsense address).",
    ]


def test_without_the_library_the_log_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    imported = builtins.__import__

    def refuse(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "apprise":
            raise ModuleNotFoundError(name)
        return imported(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)
    point_at(monkeypatch, "slack://a/b/c")
    alert_run("run failed", {})
    wait_for_alerts()
    [message] = caplog.messages
    assert "slack needs the library apprise. Install it with: pip install apprise" in message
