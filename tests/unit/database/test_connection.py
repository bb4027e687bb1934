"""What the environment says about where the warehouse is, without any server."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.database import connection
from loaders.errors import ServerError, UsageError
from loaders.settings import PROJECT_ROOT, settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith(("PG", "WAREHOUSE_"))]:
        monkeypatch.delenv(name)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home that keeps port 23456."""
    (tmp_path / "port").write_text("23456\n")
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path))
    return tmp_path


def test_home_is_in_the_project_unless_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings().home == PROJECT_ROOT / ".pg"
    monkeypatch.setenv("WAREHOUSE_HOME", "/elsewhere")
    settings.cache_clear()
    assert settings().home == Path("/elsewhere")


def test_variables_of_the_system_are_not_taken_for_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"HOME": "/home/me", "PORT": "8080", "DSN": "x"}.items():
        monkeypatch.setenv(name, value)
    assert (settings().home, settings().port, settings().dsn) == (PROJECT_ROOT / ".pg", None, None)


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WAREHOUSE_HOME", "WAREHOUSE_PORT", "WAREHOUSE_PG_BIN", "WAREHOUSE_DSN", "PGHOST", "PGPORT"):
        monkeypatch.setenv(name, "")
    assert settings().home == PROJECT_ROOT / ".pg"
    assert (settings().port, settings().pg_bin, settings().dsn, settings().pg_host) == (None, None, None, None)


@pytest.mark.parametrize(("name", "value"), [("WAREHOUSE_PORT", "70000"), ("WAREHOUSE_PORT", "abc"), ("PGPORT", "x")])
def test_a_value_that_cannot_be_used_is_reported_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=f"{name}: .*Fix or unset it"):
        settings()


def test_passwords_do_not_show_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "secret-1")
    monkeypatch.setenv("WAREHOUSE_DSN", "postgresql://me:secret-2@db/x")
    assert "secret" not in repr(settings())


def test_without_variables_the_embedded_server_is_meant() -> None:
    assert connection.uses_embedded_server()


def test_a_dsn_goes_before_the_pg_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "other")
    monkeypatch.setenv("WAREHOUSE_DSN", "postgresql://me:s%20ecret@db.example:6000/grid?sslmode=require")
    place = connection.connection_info(None)
    assert (place.host, place.port, place.user, place.password, place.dbname, place.embedded) == (
        "db.example",
        6000,
        "me",
        "s ecret",
        "grid",
        False,
    )
    assert "ecret" not in repr(place)
    assert connection.client_environment(None)["PGSSLMODE"] == "require"


@pytest.mark.parametrize(
    "dsn",
    [
        "host=db password=my secret",
        "postgresql://me:my secret@db/x",
        "postgresql://me:secret@/x",
        "host=a,b port=1,2 password=secret",
    ],
)
def test_a_dsn_that_cannot_be_read_is_reported_without_its_password(monkeypatch: pytest.MonkeyPatch, dsn: str) -> None:
    monkeypatch.setenv("WAREHOUSE_DSN", dsn)
    with pytest.raises(ServerError, match=r"WAREHOUSE_DSN cannot be read\. Write it like") as caught:
        connection.connection_info(None)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_pghost_names_a_server_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PGHOST": "db.example", "PGUSER": "me", "PGPASSWORD": "p", "PGDATABASE": "grid"}.items():
        monkeypatch.setenv(name, value)
    place = connection.connection_info(None)
    assert (place.host, place.port, place.user, place.dbname) == ("db.example", 5432, "me", "grid")
    assert not place.embedded
    assert connection.client_environment(None) == {
        "PGHOST": "db.example",
        "PGPORT": "5432",
        "PGUSER": "me",
        "PGPASSWORD": "p",
        "PGDATABASE": "grid",
        "DBT_PROFILES_DIR": str(PROJECT_ROOT),
        "DBT_PROJECT_DIR": str(PROJECT_ROOT / "dbt_project"),
    }


@pytest.mark.parametrize(
    ("variables", "ours"),
    [
        ({"PGHOST": "127.0.0.1", "PGPORT": "23456", "PGUSER": "warehouse"}, True),
        ({"PGHOST": "localhost", "PGPORT": "23456"}, True),
        ({"PGPORT": "9999"}, True),
        ({"PGHOST": "127.0.0.1", "PGPORT": "23457"}, False),
        ({"PGHOST": "127.0.0.1"}, False),
        ({"PGHOST": "db.example", "PGPORT": "23456"}, False),
        ({"PGHOST": "127.0.0.1", "PGPORT": "23456", "PGUSER": "someone"}, False),
    ],
)
def test_pg_variables_mean_our_server_only_at_its_own_address(
    home: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], ours: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert connection.uses_embedded_server() is ours


def test_an_embedded_server_that_does_not_run_is_reported_with_the_next_step(home: Path) -> None:
    with pytest.raises(ServerError, match=r"There is no warehouse in .* yet\. Create it with: make up, or"):
        connection.connect()
    (home / "data").mkdir()
    with pytest.raises(ServerError, match=r"is not running. Start it with: warehouse db start"):
        connection.connect()
