"""A server and data of the tests' own, never the user's; each test gets a fresh copy of a built, empty warehouse.

The databases of a kind have the same name one after the other, because dbt parses the whole project again (four
seconds) when the name of the database has changed.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pyarrow as pa
import pytest
from psycopg.conninfo import conninfo_to_dict

from loaders import embedded_server, ledger
from loaders.database.connection import ENVIRONMENT_NAMES, client_environment, connect, connection_info
from loaders.database.logins import LOADER, kept_password
from loaders.database.migrations import migrate
from loaders.database.roles import ensure_logins, restrict_public_rights
from loaders.dbt_runner import NodeResult, build, run_dbt
from loaders.ingest.shown_resolutions import DeliveryDefaults
from loaders.ingest.storage.store import Delivery, LoadResult, store_delivery
from loaders.operations.distribution import distribute
from loaders.settings import settings
from tests.support.cluster_nodes import cluster_nodes, create_database, drop_database

KEYS = ["grid", "region", "node", "metric"]
UNSET = dict.fromkeys(["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "WAREHOUSE_DSN", "WAREHOUSE_PORT"])
TURN_LOCK = 7306_1501
SHARDS = 4  # few, so that loads into distributed tables take little time
SERVER_OPTIONS = " ".join(
    f"-c {setting}"
    for setting in (
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "checkpoint_timeout=1h",
        "max_wal_size=4GB",
        "max_connections=100",
    )
)


@contextmanager
def changed_environment(**variables: str | None) -> Iterator[None]:
    """Set (or with None remove) variables, and let settings be read again, inside and afterwards."""
    before = {name: os.environ.get(name) for name in variables}
    _apply(variables)
    try:
        yield
    finally:
        _apply(before)


def _apply(variables: dict[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    settings.cache_clear()


@dataclass
class Warehouse:
    """One database of the test server, as the environment names it now."""

    name: str

    def connect(self, login: str | None = "warehouse_loader", autocommit: bool = True) -> psycopg.Connection[Any]:
        return connect(login, autocommit=autocommit)

    def query(self, sql: str, *parameters: Any) -> list[tuple]:
        with self.connect(None) as connection:
            cursor = connection.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def frame(self, sql: str, *parameters: Any) -> pd.DataFrame:
        """The result of a query; timestamps come as UTC."""
        with self.connect(None) as connection:
            cursor = connection.execute(sql, parameters or None)
            return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description])

    def deliver(
        self, frame: pd.DataFrame, status: str | None = "accepted", name: str | None = None, **delivery: Any
    ) -> LoadResult:
        """Store canonical rows (grid, region, node, metric, interval_start, collected_at, value) as one load."""
        batch = canonical(frame)
        name = name or f"test://{uuid.uuid4()}"
        given = {
            "source": "test",
            "format": "long",
            "uri": name,
            "content_hash": name,
            "collected_at_basis": "published",
            "started_at": datetime.now(UTC),
            "defaults": DeliveryDefaults("test", create_missing=True),
            **delivery,
        }
        with self.connect(autocommit=False) as connection:
            result = store_delivery(connection, Delivery(batches=[batch], **given), self.connect)
            if status and not result.already_stored:
                ledger.set_status(connection, result.load_id, status, "test")
        return result

    def set_status(self, load_id: int, status: str) -> None:
        with self.connect(autocommit=False) as connection:
            ledger.set_status(connection, load_id, status, "test")

    def build(self, *arguments: str) -> list[NodeResult]:
        return build(*arguments)

    def apply_loads(self, as_large_change: bool = False) -> None:
        """The part of a build that moves rows; the views over it need no rebuilding."""
        options = "-c warehouse.treat_changes_as_large=on" if as_large_change else None
        with changed_environment(PGOPTIONS=options):
            run_dbt(["run", "--selector", "what_a_load_changes", "--no-write-json"])


def canonical(frame: pd.DataFrame) -> pa.Table:
    """A canonical batch from rows in canonical columns; values may be null."""
    count = len(frame)
    text = {name: pa.array(frame[name], type=pa.string()).dictionary_encode() for name in KEYS}
    nothing = pa.nulls(count, pa.string())

    def optional(name: str) -> pa.Array:
        return (pa.array(frame[name], type=pa.string()) if name in frame else nothing).dictionary_encode()

    stamps = {
        name: pa.array(pd.to_datetime(frame[name], utc=True)).cast(pa.timestamp("us", "UTC"))
        for name in ("interval_start", "collected_at")
    }
    return pa.table(
        {
            "row_number": pa.array(range(1, count + 1), type=pa.int64()),
            **text,
            **{name: optional(name) for name in ("source", "unit", "resolution")},
            **stamps,
            "value": pa.array(frame["value"], type=pa.float64(), from_pandas=True),
            "reason": nothing,
            "payload": nothing,
        }
    )


@pytest.fixture(scope="session")
def test_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An embedded server in a temporary home, or the server of WAREHOUSE_TEST_DSN."""
    dbt_home = dbt_folders(tmp_path_factory.mktemp("dbt") / "test_server")
    if own_server := os.environ.get("WAREHOUSE_TEST_DSN"):
        # One home for all workers, since the logins belong to the whole server.
        folder = tmp_path_factory.getbasetemp()
        home = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "home"
        variables = {**UNSET, **variables_of(own_server), **dbt_home, "WAREHOUSE_HOME": str(home)}
        with changed_environment(**variables):
            yield
        return
    home = tmp_path_factory.mktemp("server") / "home"
    with changed_environment(WAREHOUSE_HOME=str(home), WAREHOUSE_PG_OPTIONS=SERVER_OPTIONS, **UNSET, **dbt_home):
        embedded_server.start()
        try:
            yield
        finally:
            embedded_server.discard()


def variables_of(dsn: str) -> dict[str, str]:
    """The PG variables of a server; a connection string would hide the databases that the tests name."""
    parts = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    return {{**names, **ENVIRONMENT_NAMES}[name]: value for name, value in parts.items()}


@contextmanager
def _turn() -> Iterator[None]:
    """Change roles, which belong to the whole server, one worker at a time."""
    with connect(None, autocommit=True, dbname="postgres") as admin:
        admin.execute("select pg_advisory_lock(%s)", [TURN_LOCK])
        yield


def migrate_in_turn() -> None:
    """Bring the database up to date."""
    with _turn():
        migrate()
        if not connection_info(None).embedded and kept_password(connection_info(None).server, LOADER) is None:
            with connect(None, autocommit=True) as operator:
                ensure_logins(operator, reset=True)


def prepare() -> None:
    """Give an empty database the schema, distributed where the server is the coordinator of a Citus cluster."""
    migrate_in_turn()
    if cluster_nodes():
        with _turn():
            distribute(SHARDS)


def shorten_look_at_call_stack() -> None:
    """dbt reads the source lines of the whole call stack for each of its flags: half a second a build under pytest."""
    from dbt_common.behavior_flags import BehaviorFlagRendered

    BehaviorFlagRendered._default_source = staticmethod(lambda: "dbt")


@pytest.fixture(scope="session")
def built_template(test_server: None) -> Iterator[str]:
    """A database with the raw schema and an empty build of everything, to copy."""
    shorten_look_at_call_stack()
    name = f"template_built_{os.getpid()}"
    with new_database(name):
        prepare()
        build()
    yield name
    drop_database(name)


def dbt_folders(folder: Path) -> dict[str, str]:
    """Folders of dbt's own, so that it neither disturbs a build of the user nor parses for another database.

    No log file: nobody reads it, and writing it is a tenth of a build.
    """
    folders = {"DBT_TARGET_PATH": str(folder / "target"), "DBT_LOG_PATH": str(folder / "logs")}
    return {**folders, "DBT_LOG_LEVEL_FILE": "none"}


@contextmanager
def new_database(name: str, template: str | None = None) -> Iterator[Warehouse]:
    """A database that the environment names until the end of the block, and that stays after it."""
    create_database(name, template)
    here = connect_variables()
    target = os.environ.get("DBT_TARGET_PATH")
    folders = dbt_folders(Path(target).parent.with_name(name)) if target else {}
    with changed_environment(**{**here, **folders, "PGDATABASE": name}):
        if template:
            with connect(None, autocommit=True) as copied:
                restrict_public_rights(copied)  # the rights of a database are not copied with it
        yield Warehouse(name)


@contextmanager
def temporary_database(kind: str, template: str | None = None) -> Iterator[Warehouse]:
    """A database of this process that is dropped at the end; without a template it has the schema and nothing built."""
    name = f"{kind}_{os.getpid()}"
    drop_database(name)
    with new_database(name, template) as made:
        if template is None:
            prepare()
        yield made
    drop_database(name)


def connect_variables() -> dict[str, str]:
    """The test server, named the way a server of one's own is."""
    return {key: value for key, value in client_environment(None).items() if key.startswith("PG")}


@pytest.fixture
def warehouse(built_template: str) -> Iterator[Warehouse]:
    """A fresh, built, empty warehouse."""
    with temporary_database("test_own", built_template) as made:
        yield made


@pytest.fixture
def empty_warehouse(test_server: None) -> Iterator[Warehouse]:
    """A fresh warehouse with the raw schema and nothing built."""
    with temporary_database("test_empty") as made:
        yield made


@pytest.fixture(scope="module")
def shared_warehouse(built_template: str) -> Iterator[Warehouse]:
    """A fresh, built, empty warehouse that the tests of one module share."""
    with temporary_database("test_shared", built_template) as made:
        yield made
