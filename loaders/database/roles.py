"""The roles, their logins and passwords, and what to do where the operator may not create them."""

import logging
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql

from loaders.database.citus import define_on_this_node
from loaders.database.connection import ConnectionInfo, connection_info
from loaders.database.logins import (
    ANALYST,
    LOADER,
    LOGINS,
    OWNER,
    TRANSFORMER,
    keep_passwords,
    kept_password,
    new_password,
)
from loaders.database.sql_files import read_sql
from loaders.errors import ServerError
from loaders.messages import one_line

log = logging.getLogger(__name__)
ROLES = (OWNER, *LOGINS)

HAS_FREE_RIGHTS = "select has_database_privilege('warehouse_analyst', current_database(), 'temporary')"
HAS_FREE_FUNCTIONS = "select has_function_privilege('warehouse_analyst', 'pg_advisory_lock(bigint)', 'execute')"
IS_DATABASE_OWNER = """
select pg_has_role(current_user, datdba, 'usage') from pg_database where datname = current_database()
"""
SETTINGS_OF_LOGINS = """
select pg_roles.rolname, pg_database.datname, pg_db_role_setting.setconfig
from pg_db_role_setting
inner join pg_roles on pg_db_role_setting.setrole = pg_roles.oid
left join pg_database on pg_db_role_setting.setdatabase = pg_database.oid
where pg_roles.rolname = any(%s)
"""
CAN_LOG_IN = "select rolname from pg_roles where rolcanlogin and rolname = any(%s)"


def restrict_public_rights(connection: psycopg.Connection[Any]) -> list[str]:
    """Take from everybody what only the loaders need, as far as the operator may. Returns what is left to do, as SQL.

    The rights belong to one database, so a copied or restored database needs this again. connection: in autocommit
    mode.
    """
    left: list[str] = []
    if _scalar(connection, HAS_FREE_RIGHTS):
        left += _run_if(connection, IS_DATABASE_OWNER, "restrict_database")
    if _scalar(connection, HAS_FREE_FUNCTIONS):
        is_superuser = "select rolsuper from pg_roles where rolname = current_user"
        left += _run_if(connection, is_superuser, "restrict_functions")
    return left


def ensure_logins(connection: psycopg.Connection[Any], reset: bool = False) -> list[str]:
    """Let each role log in with a password that is kept in WAREHOUSE_HOME. Returns the logins that got a new password.

    On a server of one's own a login that exists keeps its password, unless `reset`: others may use it. On the embedded
    server a login gets a new password where the kept one is missing or does not work. Its settings are restored too,
    because PostgreSQL lets every login change its own password and settings, for all who use it.
    """
    info = connection_info(None)
    if reset or info.embedded:
        _restore_limits(connection)
    present = {name for (name,) in connection.execute(CAN_LOG_IN, [list(LOGINS)])}
    if reset:
        stale = list(LOGINS)
    elif info.embedded:
        stale = [login for login in LOGINS if login not in present or not _works(info, login)]
    else:
        stale = [login for login in LOGINS if login not in present]
    passwords = {login: new_password() for login in stale}
    if passwords:
        _set_passwords(connection, passwords)
        keep_passwords(info.server, passwords)
    return stale


def statements_for_administrator(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the SQL statements with which a superuser prepares the roles for the connected operator.

    Passwords are left to the administrator, who sets them with psql's \\password.
    """
    user = sql.Identifier(connection.info.user).as_string(connection)
    database = sql.Identifier(connection.info.dbname).as_string(connection)
    # From 16 on a member acts as the role only where that is granted.
    options = " with inherit true, set true" if connection.info.server_version >= 160_000 else ""
    shares = {ANALYST: 5, LOADER: 3, TRANSFORMER: 1}
    most = int(_scalar(connection, "select current_setting('max_connections')"))
    return [
        f"create role {OWNER} nologin;",
        *(f"create role {login} login connection limit {most * shares[login] // 10};" for login in LOGINS),
        f"grant {', '.join(ROLES)} to {user}{options};",
        f"grant create on database {database} to {user};",
        f"grant pg_read_all_stats to {TRANSFORMER};",
        *(
            f"alter role {login} set {name} to '{value}';"
            for login, limits in LIMITS.items()
            for name, value in limits.items()
        ),
    ]


# As in sql/roles.sql.
LIMITS = {
    LOADER: {
        "jit": "off",
        "lock_timeout": "10min",
        "statement_timeout": "2h",
        "idle_in_transaction_session_timeout": "30min",
    },
    TRANSFORMER: {
        "jit": "off",
        "lock_timeout": "10min",
        "statement_timeout": "6h",
        "idle_in_transaction_session_timeout": "30min",
    },
    ANALYST: {
        "jit": "off",
        "default_transaction_read_only": "on",
        "lock_timeout": "30s",
        "statement_timeout": "10min",
        "idle_in_transaction_session_timeout": "5min",
    },
}


def _restore_limits(connection: psycopg.Connection[Any]) -> None:
    """Give the logins the settings of LIMITS, and no others."""
    present = connection.execute(SETTINGS_OF_LOGINS, [list(LOGINS)]).fetchall()
    for login, limits in LIMITS.items():
        expected = {f"{name}={value}" for name, value in limits.items()}
        found = [(database, set(texts)) for name, database, texts in present if name == login]
        if found == [(None, expected)]:
            continue
        log.warning("The settings of %s were not those of this project. They are restored.", login)
        role = sql.Identifier(login)
        for database, _ in found:
            where = sql.SQL("") if database is None else sql.SQL(" in database {}").format(sql.Identifier(database))
            connection.execute(sql.SQL("alter role {}{} reset all").format(role, where))
        for name, value in limits.items():
            connection.execute(sql.SQL("alter role {} set {} to {}").format(role, sql.Identifier(name), value))


def _run_if(connection: psycopg.Connection[Any], condition: str, name: str) -> list[str]:
    text = read_sql("loaders.database", name)
    if not _scalar(connection, condition):
        return [text]
    with connection.transaction():
        define_on_this_node(connection)
        connection.execute(sql.SQL(text))
    return []


def _works(info: ConnectionInfo, login: str) -> bool:
    """Return whether the kept password lets the login in."""
    if kept_password(info.server, login) is None:
        return False
    try:
        psycopg.connect(**connection_info(login).parameters("warehouse-logins")).close()
    except psycopg.OperationalError as error:
        # Only a wrong password is a reason for a new one; a full server is not.
        return "password authentication failed" not in str(error)
    return True


def _set_passwords(connection: psycopg.Connection[Any], passwords: Mapping[str, str]) -> None:
    """Set passwords as SCRAM verifiers, so that none is in a statement or in the server's log."""
    try:
        with connection.transaction():
            for login, password in passwords.items():
                verifier = connection.pgconn.encrypt_password(
                    password.encode(), login.encode(), b"scram-sha-256"
                ).decode()
                connection.execute(
                    sql.SQL("alter role {} login password {}").format(sql.Identifier(login), sql.Literal(verifier))
                )
    except psycopg.errors.InsufficientPrivilege as error:
        raise ServerError(
            f"The user {connection.info.user} may not set the passwords of {', '.join(passwords)} "
            f"({one_line(error)}). Have an administrator set them with psql's \\password."
        ) from error


def _scalar(connection: psycopg.Connection[Any], query: str) -> Any:
    row = connection.execute(query).fetchone()
    return None if row is None else row[0]
