"""What each login may not do, tried as the login itself."""

import stat

import pandas as pd
import psycopg
import pytest
from _pytest.mark import ParameterSet
from psycopg import errors

from loaders.database.connection import client_environment, connect, connection_info
from loaders.database.roles import ensure_logins
from loaders.embedded_server.paths import current_layout
from loaders.errors import ServerError, UsageError
from loaders.ledger import entry
from loaders.mart_queries import run_query
from loaders.registry.edits import add, changes
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.sql

LOGINS = ("warehouse_loader", "warehouse_transformer", "warehouse_analyst")

FOR_EVERY_LOGIN = [
    "set role none; select * from pg_authid",
    "set role warehouse",
    "set role warehouse_owner",
    "set session authorization warehouse",
    "select pg_read_file('/etc/passwd')",
    "select pg_ls_dir('/')",
    "copy (select 1) to program 'true'",
    "copy (select 1) to '/tmp/stolen'",
    "create role thief superuser",
    "alter role warehouse_loader superuser",
    "alter role warehouse_analyst password 'x'",
    "create table public.thief (value integer)",
    "create extension dblink",
    "create or replace function ledger.stable_time() returns timestamptz language sql as 'select now()'",
    "drop schema raw cascade",
    "alter schema raw owner to current_user",
    "select lo_create(0)",
    "select lo_from_bytea(0, 'x')",
    "select lo_import('/etc/passwd')",
    "alter system set log_statement = 'all'",
    "select pg_reload_conf()",
    "drop database postgres",
]

FOR_THE_LOADER = [
    "create schema thief",
    "update raw.measures set value = 0",
    "update raw.loads set status = 'accepted'",
    "update raw.grids set grid_name = 'x'",
    "delete from raw.measures",
    "delete from raw.load_events",
    "delete from raw.flagged_rows",
    "truncate raw.measures",
    "truncate raw.rejected_rows",
    "drop table raw.measures",
    "drop table raw.measures_2024_01",
    "alter table raw.measures detach partition raw.measures_2024_01",
    "alter table raw.loads disable trigger all",
    "alter table raw.loads add column mine integer",
    "create table raw.mine (value integer)",
    "create index on raw.measures (value)",
    "begin; lock table raw.measures in access exclusive mode",
    "select setval('raw.row_ids', 1)",
    "insert into raw.load_events (load_id, status, who, why, decided_by) values (1, 'accepted', 'x', 'y', 'person')",
    "insert into raw.schema_versions values (9999, 'x', 'x')",
    """
    insert into raw.registry_events (kind, id, change, new_names, who, why, login)
    values ('grid', 1, 'added', '{x}', 'x', 'y', 'z')
    """,
    """
    insert into raw.registry_events (kind, id, change, new_names, who, why, at)
    values ('grid', 1, 'added', '{x}', 'x', 'y', now())
    """,
    "update raw.registry_events set who = 'somebody else'",
    """
    insert into raw.loads (
        load_id, source, format, uri, content_hash, collected_at_basis, status, started_at, loaded_at,
        rows_read, rows_inserted, rows_corrected, rows_duplicate, rows_rejected
    ) values (99, 'x', 'x', 'x', 'x', 'published', 'accepted', now(), now(), 0, 0, 0, 0, 0)
    """,
    "select * from marts.dim_grid",
    "select * from staging.stg_loads",
]

FOR_THE_TRANSFORMER = [
    "insert into raw.grids (grid_name, time_zone) values ('x', 'UTC')",
    "insert into raw.measures values (1, 1, now(), now(), 1, 1)",
    "update raw.loads set status = 'accepted'",
    "update raw.check_results set passed = true",
    "delete from raw.measures",
    "drop table raw.measures",
    "create table raw.mine (value integer)",
    "select ledger.set_load_status(1, 'accepted', 'x', 'y', 'person')",
    "select ledger.create_month_partition('1990-01-01')",
]

FOR_THE_ANALYST = [
    "create schema thief",
    "select * from raw.loads",
    "select * from raw.measures",
    "select * from staging.stg_loads",
    "select ledger.set_load_status(1, 'accepted', 'x', 'y', 'person')",
    "select ledger.take_row_ids(1)",
    "select ledger.rename_location('grid', 1, 'x')",
    "create view marts.mine as select 1",
    "drop view marts.dim_grid",
    "set transaction read write; delete from staging.int_measure_revisions",
    "set default_transaction_read_only = off; create temporary table mine (value integer)",
    "set transaction read write; create temporary table mine (value integer)",
    "select pg_advisory_lock(7302)",
    "select pg_try_advisory_lock(7304, 1)",
    "select pg_advisory_xact_lock(7301)",
    "select pg_terminate_backend(pg_backend_pid())",
    "select pg_cancel_backend(pg_backend_pid())",
    "begin; lock table marts.fct_measures_latest in share mode",
    "set default_transaction_read_only = off; alter role warehouse_loader set statement_timeout to '1ms'",
    "set default_transaction_read_only = off; alter role warehouse_analyst connection limit 1000",
    "set default_transaction_read_only = off; alter role warehouse_analyst rename to somebody",
    "set default_transaction_read_only = off; grant warehouse_analyst to warehouse_loader",
    "set default_transaction_read_only = off; comment on table marts.fct_measures_latest is 'x'",
    "set default_transaction_read_only = off; create function pg_temp.f() returns int language sql as 'select 1'",
    "set session_preload_libraries = 'x'",
    "select pg_stat_reset()",
    "select pg_switch_wal()",
    "select pg_create_physical_replication_slot('x')",
    "select pg_notify('x', 'y')",
]

REFUSED = (
    errors.InsufficientPrivilege,
    errors.ReadOnlySqlTransaction,
    errors.UndefinedTable,  # a name of a schema that the login may not see
    errors.InvalidAuthorizationSpecification,
)


@pytest.fixture(scope="module")
def loaded(shared_warehouse: Warehouse) -> Warehouse:
    """A warehouse with one partition, so that there is something to take away."""
    with connect(autocommit=True) as loader:
        loader.execute("select ledger.create_month_partition('2024-01-01')")
    return shared_warehouse


CASES = [
    *((login, statement) for login in LOGINS for statement in FOR_EVERY_LOGIN),
    *(("warehouse_loader", statement) for statement in FOR_THE_LOADER),
    *(("warehouse_transformer", statement) for statement in FOR_THE_TRANSFORMER),
    *(("warehouse_analyst", statement) for statement in FOR_THE_ANALYST),
]
ANALYSTS_READ = pytest.mark.one_server("the nodes know no views, so analysts may read the tables below the marts")


def as_parameter(login: str, statement: str) -> ParameterSet:
    marks = ANALYSTS_READ if statement.startswith("select * from raw.") else ()
    return pytest.param(login, statement, id=f"{login}: {statement.strip()[:60]}", marks=marks)


@pytest.mark.parametrize(("login", "statement"), [as_parameter(*case) for case in CASES])
def test_the_login_is_refused(loaded: Warehouse, login: str, statement: str) -> None:
    with connect(login, autocommit=True) as session:
        assert session.execute("select session_user, current_user").fetchone() == (login, login)
        with pytest.raises(psycopg.Error) as refused:
            session.execute(statement)
        assert isinstance(refused.value, REFUSED), repr(refused.value)


@ANALYSTS_READ
def test_a_statement_that_hides_another_one_gets_no_further(loaded: Warehouse) -> None:
    for query in (
        "select set_config('role', 'none', false), (select count(*) from raw.loads)",
        "select query_to_xml('select * from raw.loads', true, true, '')",
        "select * from ts_stat('select to_tsvector(uri) from raw.loads')",
        "select pg_terminate_backend(pid) from pg_stat_activity",
        "select * from pg_read_file('/etc/passwd')",
    ):
        with pytest.raises(UsageError, match="permission denied"):
            run_query(query, 5)
    for block in (
        "do $$ begin set role none; perform count(*) from raw.loads; end $$",
        "do $$ begin perform set_config('role', 'warehouse', false); end $$",
    ):
        with pytest.raises(UsageError, match=r"permission denied|refused"):
            run_query(block, 5)


def test_loaders_and_operator_get_in_while_sixty_readers_try(loaded: Warehouse) -> None:
    readers, refusals = [], []
    for _ in range(60):
        try:
            readers.append(connect("warehouse_analyst"))
        except ServerError as error:
            refusals.append(str(error))
    try:
        for login in ("warehouse_loader", "warehouse_transformer", None):
            connect(login).close()
    finally:
        for reader in readers:
            reader.close()
    assert all("All connections of warehouse_analyst" in refusal for refusal in refusals)


@pytest.mark.embedded  # on a server of one's own, others may use the login
def test_what_a_login_changes_about_itself_is_undone(loaded: Warehouse) -> None:
    with connect("warehouse_analyst", autocommit=True) as session:
        for statement in (
            "set default_transaction_read_only to off",
            "alter role warehouse_analyst set statement_timeout to '1ms'",
            f"alter role warehouse_analyst in database {loaded.name} set search_path to nowhere",
            "alter role warehouse_analyst password 'mine'",
        ):
            session.execute(statement)
    with connect(None, autocommit=True) as operator:
        assert ensure_logins(operator) == ["warehouse_analyst"]
        assert ensure_logins(operator) == []
    with connect("warehouse_analyst") as session:
        settings = "select current_user, current_setting('statement_timeout'), current_setting('search_path')"
        assert session.execute(settings).fetchone() == ("warehouse_analyst", "10min", '"$user", public')


@pytest.mark.parametrize("login", LOGINS)
def test_every_login_has_limits(loaded: Warehouse, login: str) -> None:
    with connect(login) as session:
        for setting in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
            assert session.execute("select current_setting(%s)", [setting]).fetchone() != ("0",), setting
        assert session.execute("select setting, source from pg_settings where name = 'jit'").fetchone() == (
            "off",
            "user",
        )


@pytest.mark.embedded
def test_passwords_differ_are_private_and_an_environment_has_only_its_own(loaded: Warehouse) -> None:
    passwords = {login: connection_info(login).password for login in (*LOGINS, None)}
    assert len(set(passwords.values())) == 4
    for file in (current_layout().logins_file, current_layout().password_file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    analyst = client_environment("warehouse_analyst")
    assert analyst["PGUSER"] == "warehouse_analyst"
    others = {password for login, password in passwords.items() if login != "warehouse_analyst"}
    assert not others & set(analyst.values())


def test_the_ledger_keeps_the_login_next_to_the_name_that_the_caller_gives(warehouse: Warehouse) -> None:
    row = {"grid": "G", "region": "R", "node": "N", "metric": "power", "value": 1.0}
    times = {"interval_start": "2024-01-01T00:00Z", "collected_at": "2024-01-01T01:00Z"}
    result = warehouse.deliver(pd.DataFrame([row | times]))
    events = warehouse.query(
        "select status, who, login, client_address is not null from raw.load_events where load_id = %s order by 1",
        result.load_id,
    )
    assert [(status, login, known) for status, _, login, known in events] == [
        ("accepted", "warehouse_loader", True),
        ("pending", "warehouse_loader", True),
    ]
    with warehouse.connect(autocommit=False) as session:
        stored = entry(session, result.load_id)
        add(session, "region", "S", grid="G", why="a test", who="the boss")
        [edit] = changes(session)
    shown = [(event["status"], event["login"], event["client_address"]) for event in stored.events]
    assert shown == [
        ("pending", "warehouse_loader", "127.0.0.1"),
        ("accepted", "warehouse_loader", "127.0.0.1"),
    ]
    assert (edit.who, edit.login, edit.client_address) == ("the boss", "warehouse_loader", "127.0.0.1")
