"""Connections to the embedded server, and what is reported where they fail."""

import stat
from pathlib import Path

import pytest

from loaders import embedded_server
from loaders.database import connection
from loaders.errors import ServerError
from loaders.settings import settings

pytestmark = pytest.mark.embedded


def test_the_password_is_in_one_private_file_only(home: Path) -> None:
    running = embedded_server.start()
    password = (home / "password").read_text().strip()
    assert len(password) > 20
    assert stat.S_IMODE((home / "password").stat().st_mode) == 0o600
    assert password not in (home / "server.log").read_text()
    assert password not in Path(f"/proc/{running.pid}/cmdline").read_text()
    assert password not in repr(connection.connection_info(None))


def test_a_wrong_password_is_reported_without_showing_any(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded_server.start()
    password = (home / "password").read_text().strip()
    (home / "password").write_text("wrong-secret")
    with pytest.raises(ServerError, match="refuses the user warehouse or the password") as caught:
        connection.connect(None)
    assert "wrong-secret" not in str(caught.value)
    (home / "password").write_text(password)


def test_a_role_that_is_not_there_is_reported_with_the_next_step(home: Path) -> None:
    embedded_server.start()
    with pytest.raises(ServerError, match=r"login warehouse_loader does not exist yet.*db start"):
        connection.connect()


def test_an_unknown_database_is_reported_by_name(home: Path) -> None:
    embedded_server.start()
    with pytest.raises(ServerError, match="no database nowhere"):
        connection.connect(None, dbname="nowhere")


def test_variables_of_our_own_server_still_lead_to_the_embedded_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded_server.start()
    for name, value in connection.client_environment(None).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    assert connection.uses_embedded_server()
    assert connection.connection_info(None).embedded
    monkeypatch.setenv("PGPORT", "1")
    settings.cache_clear()
    assert not connection.connection_info(None).embedded
    with pytest.raises(ServerError, match=r"Nothing answers at 127\.0\.0\.1:1\."):
        connection.connect()


def test_settings_meant_for_other_servers_do_not_break_the_embedded_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", "require")
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    embedded_server.start()
    with connection.connect(None) as session:
        assert session.execute("select current_setting('TimeZone')").fetchone() == ("UTC",)
