"""Roles, schemas and versioned SQL, on the embedded server and as a user who is no superuser."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from loaders import embedded_server
from loaders.database import connection
from loaders.database import migrations as schema
from loaders.errors import ServerError
from loaders.settings import PROJECT_ROOT, settings
from tests.support.postgresql_15 import PROGRAMS, is_installed

pytestmark = pytest.mark.embedded

VERSIONED = sorted(path.name for path in schema.FOLDER.glob("[0-9]*.sql"))
OWNERS = {
    "raw": "warehouse_owner",
    "ledger": "warehouse_owner",
    "staging": "warehouse_transformer",
    "marts": "warehouse_transformer",
}


@pytest.fixture(scope="module", params=["default", "PostgreSQL 15"])
def running_server(request: pytest.FixtureRequest) -> Iterator[embedded_server.Running]:
    """A server of its own, by the default programs and by the oldest that will do."""
    if request.param == "PostgreSQL 15" and not is_installed:
        pytest.skip("no PostgreSQL 15 is installed on this machine")
    folder = Path(tempfile.mkdtemp(prefix="warehouse-schema-"))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("PG", "WAREHOUSE_"))]:
            patch.delenv(name)
        patch.setenv("WAREHOUSE_HOME", str(folder / "home"))
        patch.setenv("WAREHOUSE_PG_OPTIONS", "-c fsync=off -c shared_buffers=16MB")
        if request.param == "PostgreSQL 15":
            patch.setenv("WAREHOUSE_PG_BIN", str(PROGRAMS))
        settings.cache_clear()
        yield embedded_server.start()
        settings.cache_clear()
        embedded_server.discard()
    settings.cache_clear()
    shutil.rmtree(folder)


@pytest.fixture
def fresh(running_server: embedded_server.Running) -> Iterator[psycopg.Connection]:
    """The superuser, elsewhere, while the database `warehouse` is new and no role of ours exists."""
    with connection.connect(None, autocommit=True, dbname="postgres") as session:
        session.execute("drop database if exists warehouse with (force)")
        others = session.execute("select rolname from pg_roles where rolname ~ '^(warehouse_|plain)'").fetchall()
        for (name,) in others:
            session.execute(f"drop role {name}")
        session.execute("create database warehouse")
        yield session


@pytest.fixture
def plain_user(fresh: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """Connections are made as a user who is no superuser, to a server that counts as their own."""
    place = connection.connection_info(None)
    fresh.execute("create role plain login createrole password 'plain-secret'")
    fresh.execute("grant create on database warehouse to plain")
    monkeypatch.setenv("WAREHOUSE_DSN", f"postgresql://plain:plain-secret@{place.host}:{place.port}/warehouse")
    settings.cache_clear()
    yield fresh
    monkeypatch.delenv("WAREHOUSE_DSN")
    settings.cache_clear()


def schema_owners() -> dict[str, str]:
    with connection.connect(None) as session:
        query = "select nspname, pg_get_userbyid(nspowner) from pg_namespace where nspname = any(%s)"
        return dict(session.execute(query, [list(OWNERS)]).fetchall())


def acting_roles_can_do_their_work() -> None:
    with connection.connect(None) as operator:
        operator.execute("set role warehouse_owner")
        operator.execute("create table raw.probe (value integer)")
        operator.execute("insert into raw.probe values (1)")
    with connection.connect("warehouse_transformer") as transformer:
        transformer.execute("create view staging.probe as select * from raw.probe")
        transformer.execute("create table marts.probe as select * from staging.probe")
    with connection.connect("warehouse_analyst") as analyst:
        assert analyst.execute("select value from marts.probe").fetchall() == [(1,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            analyst.execute("select value from raw.probe")


def test_first_migration_applies_every_file_and_records_it(fresh: psycopg.Connection) -> None:
    assert schema.migrate() == VERSIONED
    assert schema_owners() == OWNERS
    with connection.connect() as session:
        recorded = session.execute("select name from raw.schema_versions order by version").fetchall()
        owners = session.execute("select distinct tableowner from pg_tables where schemaname = 'raw'").fetchall()
    assert [name for (name,) in recorded] == ["roles.sql", *VERSIONED]
    assert owners == [("warehouse_owner",)]


def test_weeks_months_and_years_get_one_spelling(fresh: psycopg.Connection) -> None:
    schema.migrate()
    spellings = ["P1W", "P7D", "1 month", "P12M", "P30D", "P2W", "P1D", "PT168H"]
    with connection.connect(None) as session:
        session.execute("insert into raw.grids (grid_name, time_zone) values ('G', 'UTC')")
        session.execute("insert into raw.regions (grid_id, region_name) select grid_id, 'R' from raw.grids")
        session.execute("insert into raw.nodes (region_id, node_name) select region_id, 'N' from raw.regions")
        for spelling in spellings:
            one = "insert into raw.series (node_id, metric, source, unit, resolution)"
            session.execute(f"{one} select node_id, 'load', 's', 'MW', %s from raw.nodes", [spelling])
        session.execute("set role warehouse_owner")
        session.execute((schema.FOLDER / "0019_calendar_resolutions.sql").read_text())
        rows = session.execute("select resolution from raw.series order by series_id").fetchall()
    # A second series of a length stays as it is; a month is not 30 days, and a week not 168 hours.
    assert [text for (text,) in rows] == ["P1W", "P7D", "P1M", "P1Y", "P30D", "P2W", "P1D", "PT168H"]


def test_second_migration_changes_nothing(fresh: psycopg.Connection) -> None:
    schema.migrate()
    with connection.connect() as session:
        before = session.execute("select * from raw.schema_versions order by version").fetchall()
    assert schema.migrate() == []
    with connection.connect() as session:
        assert session.execute("select * from raw.schema_versions order by version").fetchall() == before


def test_migrations_at_the_same_time_apply_each_file_once(fresh: psycopg.Connection) -> None:
    script = "from loaders.database.migrations import migrate; print(len(migrate()))"
    callers = [
        subprocess.Popen(
            [sys.executable, "-c", script], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    answers = [caller.communicate(timeout=60) for caller in callers]
    assert sorted(int(out) for out, _ in answers) == [0, 0, 0, len(VERSIONED)], answers


def test_each_role_can_do_its_work_and_no_more(fresh: psycopg.Connection) -> None:
    schema.migrate()
    acting_roles_can_do_their_work()


def test_a_user_with_createrole_needs_no_superuser(plain_user: psycopg.Connection) -> None:
    assert schema.migrate() == VERSIONED
    assert schema.migrate() == []
    assert schema_owners() == OWNERS
    acting_roles_can_do_their_work()


def test_a_user_who_does_not_inherit_can_migrate_as_well(plain_user: psycopg.Connection) -> None:
    plain_user.execute("alter role plain noinherit")
    assert schema.migrate() == VERSIONED
    acting_roles_can_do_their_work()


def test_a_user_without_createrole_is_shown_what_an_administrator_should_run(
    plain_user: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path / "no passwords are kept here"))
    settings.cache_clear()
    plain_user.execute("alter role plain nocreaterole")
    plain_user.execute("revoke create on database warehouse from plain")
    with pytest.raises(ServerError, match="Have an administrator run: ") as caught:
        schema.migrate()
    assert "plain-secret" not in str(caught.value)
    plain_user.execute(str(caught.value).partition("administrator run: ")[2])
    assert schema.migrate() == VERSIONED
    acting_roles_can_do_their_work()


def test_a_member_of_the_loader_role_finds_nothing_to_do(plain_user: psycopg.Connection) -> None:
    schema.migrate()
    plain_user.execute("create role plain_scheduler login password 'plain-secret'")
    plain_user.execute("grant warehouse_loader to plain_scheduler")
    os.environ["WAREHOUSE_DSN"] = os.environ["WAREHOUSE_DSN"].replace("//plain:", "//plain_scheduler:")
    settings.cache_clear()
    assert schema.migrate() == []


def test_a_person_logs_in_as_a_member_of_a_role_and_is_shown_the_missing_grant(
    plain_user: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.migrate()
    plain_user.execute("create role plain_person login password 'plain-secret'")
    monkeypatch.setenv("WAREHOUSE_DSN", os.environ["WAREHOUSE_DSN"].replace("//plain:", "//plain_person:"))
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path / "no passwords are kept here"))
    settings.cache_clear()
    with pytest.raises(ServerError, match=r"may not act as warehouse_analyst.*grant warehouse_analyst to plain_person"):
        connection.connect("warehouse_analyst")
    plain_user.execute("grant warehouse_analyst to plain_person")
    with connection.connect("warehouse_analyst") as session:
        assert session.execute("select session_user, current_user").fetchone() == ("plain_person", "warehouse_analyst")


def test_a_superuser_is_refused_where_the_password_of_the_login_is_not_kept(
    fresh: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.migrate()
    info = connection.connection_info(None)
    monkeypatch.setenv("WAREHOUSE_DSN", f"postgresql://warehouse:{info.password}@{info.host}:{info.port}/warehouse")
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path / "no passwords are kept here"))
    settings.cache_clear()
    with pytest.raises(ServerError, match=r"superuser warehouse is only for db commands.*warehouse db roles"):
        connection.connect("warehouse_loader")


def test_a_file_changed_after_it_was_applied_is_refused(
    fresh: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.migrate()
    folder = copied_scripts(tmp_path, monkeypatch)
    with (folder / VERSIONED[0]).open("a") as file:
        file.write("-- changed\n")
    with pytest.raises(ServerError, match=f"{VERSIONED[0]} was changed after it had been applied"):
        schema.migrate()


def test_line_ends_of_another_system_are_no_change(
    fresh: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.migrate()
    for path in copied_scripts(tmp_path, monkeypatch).iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert schema.migrate() == []


@pytest.mark.parametrize("fault", ["select 1 / 0", "insert into raw.schema_versions values (9999, 'x', 'x')"])
def test_a_file_is_applied_together_with_its_record_or_not_at_all(
    fresh: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    schema.migrate()
    folder = copied_scripts(tmp_path, monkeypatch)
    (folder / "9999_broken.sql").write_text(f"create table raw.half (value integer); {fault};")
    with pytest.raises(ServerError, match=r"9999_broken\.sql could not be applied .*Nothing of it was kept"):
        schema.migrate()
    with connection.connect() as session:
        assert session.execute("select to_regclass('raw.half')").fetchone() == (None,)
    (folder / "9999_broken.sql").write_text("create table raw.half (value integer);")
    assert schema.migrate() == ["9999_broken.sql"]


def test_a_database_of_newer_code_is_refused(fresh: psycopg.Connection) -> None:
    schema.migrate()
    with connection.connect(None) as session:
        session.execute("set role warehouse_owner")
        session.execute("insert into raw.schema_versions values (9999, '9999_future.sql', 'x')")
    with pytest.raises(ServerError, match="schema version 9999, which this code does not know"):
        schema.migrate()


def test_a_changed_roles_file_is_applied_again(
    fresh: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.migrate()
    with (copied_scripts(tmp_path, monkeypatch) / "roles.sql").open("a") as file:
        file.write("comment on schema raw is 'seen';\n")
    assert schema.migrate() == []
    with connection.connect() as session:
        assert session.execute("select obj_description('raw'::regnamespace)").fetchone() == ("seen",)


def copied_scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "schema"
    folder.mkdir()
    for path in schema.FOLDER.glob("*.sql"):
        shutil.copy(path, folder)
    monkeypatch.setattr(schema, "FOLDER", folder)
    return folder
