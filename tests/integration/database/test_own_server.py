"""A server of one's own: a verified certificate, awkward names and passwords, an owner who is no superuser."""

import datetime
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import warehouse as wh
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from psycopg import sql
from warehouse.session import close_sessions

from loaders import embedded_server
from loaders.database.connection import connect
from loaders.database.migrations import migrate
from loaders.dbt_runner import run_dbt
from loaders.errors import ServerError
from tests.support.commands import UNSET, fails, run
from tests.support.load_cases import hours, load, write
from tests.support.postgresql_15 import PROGRAMS, needs_postgresql_15
from tests.support.warehouses import SERVER_OPTIONS, changed_environment, dbt_folders

pytestmark = [needs_postgresql_15, pytest.mark.embedded]
# The programs of the wheel are built without TLS; these servers run those of Debian.
USER, PASSWORD, DATABASE = "Ann O'Neil", "p@ss:w/rd %41 'q' \"d\" \\ #?&=+ü", "grid measures"


def write_certificate(folder: Path, name: str) -> Path:
    """A certificate of its own authority for localhost, and its key next to it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.crt"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="warehouse-own-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """The address, without host, of a database whose owner may create roles and is no superuser."""
    home = {"WAREHOUSE_HOME": str(folder / "server"), "WAREHOUSE_PG_BIN": str(PROGRAMS)}
    with changed_environment(**dict.fromkeys(UNSET), **home, WAREHOUSE_PG_OPTIONS=SERVER_OPTIONS):
        running = embedded_server.start()
        use_tls(folder, running.data_directory)
        user, database = sql.Identifier(USER), sql.Identifier(DATABASE)
        with connect(None, autocommit=True) as admin:
            admin.execute(sql.SQL("create role {} login createrole password {}").format(user, sql.Literal(PASSWORD)))
            admin.execute(sql.SQL("create database {} owner {}").format(database, user))
        yield f"{running.port}/{quote(DATABASE)}?sslmode=verify-full&sslrootcert={folder}"
    with changed_environment(**dict.fromkeys(UNSET), **home):
        embedded_server.discard()


def use_tls(folder: Path, data: Path) -> None:
    certificate = write_certificate(folder, "trusted")
    write_certificate(folder, "stranger")
    owner = data.stat()
    for suffix in (".crt", ".key"):
        copy = Path(shutil.copy(certificate.with_suffix(suffix), data / f"server{suffix}"))
        os.chown(copy, owner.st_uid, owner.st_gid)
        copy.chmod(0o600)
    with connect(None, autocommit=True) as admin:
        admin.execute("alter system set ssl = on")
        admin.execute("select pg_reload_conf()")


@pytest.fixture
def dsn(address: str) -> str:
    return f"postgresql://{quote(USER)}:{quote(PASSWORD, safe='')}@localhost:{address}/trusted.crt"


@pytest.fixture
def own_server(dsn: str, folder: Path) -> Iterator[None]:
    variables = {"WAREHOUSE_HOME": str(folder / "home"), "WAREHOUSE_DSN": dsn, **dbt_folders(folder / "dbt")}
    with changed_environment(**{**dict.fromkeys(UNSET), **variables}):
        yield


def encrypted(connection: psycopg.Connection, application: str) -> list[tuple]:
    return connection.execute(
        "select distinct usename, ssl from pg_stat_ssl inner join pg_stat_activity using (pid)"
        " where application_name = %s and pid <> pg_backend_pid()",
        [application],
    ).fetchall()


def test_loads_builds_and_reads_go_through_a_verified_connection(own_server: None, tmp_path: Path) -> None:
    assert migrate() != []
    assert load(write(tmp_path / "a.csv", "G", hours("n", 3))).rows_inserted == 3
    run_dbt(
        [
            "build",
            "--select",
            "+catalog_version +fct_load_events +dim_archived_month",
            "--resource-type",
            "model",
            "--resource-type",
            "snapshot",
        ]
    )
    assert wh.grids()["grid_name"].tolist() == ["G"]
    with connect(None) as operator, connect() as loader:
        assert loader.execute("select session_user, current_user").fetchone() == ("warehouse_loader",) * 2
        assert encrypted(operator, "warehouse-loaders") == [("warehouse_loader", True)]
        assert encrypted(operator, "warehouse-notebooks") == [("warehouse_analyst", True)]
        assert operator.execute("select rolsuper from pg_roles where rolname = session_user").fetchone() == (False,)
    close_sessions()


@pytest.mark.parametrize(
    ("old", "new"), [("/trusted.crt", "/stranger.crt"), ("localhost", "127.0.0.1")], ids=["authority", "host"]
)
def test_a_server_that_cannot_be_verified_is_not_used(dsn: str, old: str, new: str) -> None:
    answer = run("loads", **{**dict.fromkeys(UNSET), "WAREHOUSE_DSN": dsn.replace(old, new)})
    fails(answer, "cannot be reached", "certificate")
    assert PASSWORD not in answer.stderr


def test_a_password_with_special_characters_works_in_variables_as_well(address: str, folder: Path) -> None:
    port = address.partition("/")[0]
    names = {"PGHOST": "localhost", "PGPORT": port, "PGUSER": USER, "PGPASSWORD": PASSWORD, "PGDATABASE": DATABASE}
    verified = {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": str(folder / "trusted.crt")}
    with changed_environment(**{**dict.fromkeys(UNSET), **names, **verified}), connect(None) as operator:
        assert operator.execute("select session_user").fetchone() == (USER,)
    with (
        changed_environment(**{**dict.fromkeys(UNSET), **names, **verified, "PGPASSWORD": PASSWORD[:-1]}),
        pytest.raises(ServerError, match="refuses the user Ann O'Neil or the password"),
    ):
        connect(None)
