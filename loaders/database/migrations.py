"""The database objects the loaders own: roles, schemas and versioned SQL, applied forward only."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from loaders.database.advisory_locks import MIGRATION_LOCK
from loaders.database.connection import connect
from loaders.errors import ServerError

FOLDER = Path(__file__).parent / "sql"
ROLES = ("warehouse_loader", "warehouse_transformer", "warehouse_analyst")
OWNER = "warehouse_loader"

LEDGER = """
create table if not exists raw.schema_versions (
    version integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default clock_timestamp()
)
"""


@dataclass(frozen=True)
class Script:
    """One SQL file. version 0 is roles.sql, which runs again when it changes; all others run once."""

    version: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, however its lines end."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrate() -> list[str]:
    """Bring the database up to date; returns the names of the versioned files applied now, none when it was.

    Each file is applied in one transaction with its row in raw.schema_versions. Calls at the same time wait for each
    other. Raises ServerError; what was applied before the fault stays.
    """
    roles, versioned = _scripts(FOLDER)
    with connect(role=None, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", [MIGRATION_LOCK])
        applied = _applied(connection)
        if applied is None or applied.get(0) != roles.checksum:
            _apply_roles(connection, roles)
            applied = _applied(connection) or {}
        _check(applied, versioned)
        pending = [script for script in versioned if script.version not in applied]
        for script in pending:
            _apply(connection, script)
        return [script.name for script in pending]


def _scripts(folder: Path) -> tuple[Script, list[Script]]:
    roles = Script(0, "roles.sql", (folder / "roles.sql").read_text(encoding="utf-8"))
    versioned = [
        Script(int(found[1]), path.name, path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.sql"))
        if (found := re.match(r"(\d{4})_", path.name))
    ]
    return roles, versioned


def _applied(connection: psycopg.Connection[Any]) -> dict[int, str] | None:
    """Checksums by version; None when the owner or the ledger is not there, or the user may not act as the owner."""
    privilege = "set" if connection.info.server_version >= 160_000 else "member"
    ready = "select from pg_roles where rolname = %s and pg_has_role(current_user, oid, %s)"
    if connection.execute(ready, [OWNER, privilege]).fetchone() is None:
        return None
    with connection.transaction():
        _act_as_owner(connection)
        if connection.execute("select to_regclass('raw.schema_versions')").fetchone()[0] is None:
            return None
        return dict(connection.execute("select version, checksum from raw.schema_versions").fetchall())


def _check(applied: dict[int, str], versioned: list[Script]) -> None:
    known = {script.version: script for script in versioned}
    for version, checksum in sorted(applied.items()):
        if version == 0:
            continue
        if version not in known:
            raise ServerError(
                f"The database has schema version {version:04d}, which this code does not know; use newer code with it."
            )
        if known[version].checksum != checksum:
            raise ServerError(
                f"loaders/database/sql/{known[version].name} was changed after it had been applied to this database; "
                f"restore the file, and put the change into a new one with the next number."
            )


def _apply_roles(connection: psycopg.Connection[Any], roles: Script) -> None:
    try:
        with connection.transaction():
            connection.execute(sql.SQL(roles.text))
            _act_as_owner(connection)
            connection.execute(LEDGER)
            connection.execute(
                "insert into raw.schema_versions (version, name, checksum) values (%s, %s, %s) "
                "on conflict (version) do update set checksum = excluded.checksum, applied_at = excluded.applied_at",
                [roles.version, roles.name, roles.checksum],
            )
    except psycopg.errors.InsufficientPrivilege as error:
        raise ServerError(_statements_for_an_administrator(connection, error)) from error
    except psycopg.Error as error:
        raise ServerError(_failed(roles, error)) from error


def _apply(connection: psycopg.Connection[Any], script: Script) -> None:
    try:
        with connection.transaction():
            _act_as_owner(connection)
            connection.execute(sql.SQL(script.text))
            connection.execute(
                "insert into raw.schema_versions (version, name, checksum) values (%s, %s, %s)",
                [script.version, script.name, script.checksum],
            )
    except psycopg.Error as error:
        raise ServerError(_failed(script, error)) from error


def _act_as_owner(connection: psycopg.Connection[Any]) -> None:
    """Until the end of the transaction."""
    connection.execute(sql.SQL("set local role {}").format(sql.Identifier(OWNER)))


def _failed(script: Script, error: psycopg.Error) -> str:
    said = " ".join(str(error).split())
    return (
        f"loaders/database/sql/{script.name} could not be applied ({said}). Nothing of it was kept. "
        "Fix the cause and run it again."
    )


def _statements_for_an_administrator(connection: psycopg.Connection[Any], error: psycopg.Error) -> str:
    user = sql.Identifier(connection.info.user).as_string(connection)
    database = sql.Identifier(connection.info.dbname).as_string(connection)
    statements = [
        *(f"create role {role} nologin;" for role in ROLES),
        f"grant {', '.join(ROLES)} to {user};",
        f"grant create on database {database} to {user};",
    ]
    reason = error.diag.message_primary or "permission denied"
    return f"The user {user} may not set up the roles ({reason}); have an administrator run: {' '.join(statements)}"
