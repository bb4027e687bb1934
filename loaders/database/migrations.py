"""Apply roles and versioned SQL to the database, forward only."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from loaders.database.advisory_locks import MIGRATION_LOCK
from loaders.database.citus import define_on_this_node, is_distributed
from loaders.database.connection import connect
from loaders.database.logins import OWNER
from loaders.database.roles import ensure_logins, restrict_public_rights, statements_for_administrator
from loaders.errors import ServerError
from loaders.messages import one_line

FOLDER = Path(__file__).parent / "sql"
VERSIONS = "select version, checksum from raw.schema_versions"

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
    """Bring the database up to date; return the names of the versioned files applied now.

    Each file is applied in one transaction with its row in raw.schema_versions. Calls at the same time wait for each
    other. The roles, their logins and rights are brought up to date as well. A user who may not act as the owner of
    schema raw changes nothing. Raises ServerError; what was applied before the fault stays.
    """
    roles, versioned = _scripts(FOLDER)
    with connect(None, autocommit=True) as connection:
        applied = _applied(connection)
        if applied is not None and _exists(connection, OWNER) and not _may_act_as(connection, OWNER):
            _check(applied, versioned)
            _require_nothing_pending(applied, roles, versioned)
            return []
        connection.execute("select pg_advisory_lock(%s)", [MIGRATION_LOCK])
        applied = _applied(connection)
        if applied is None or applied.get(0) != roles.checksum:
            _apply_roles(connection, roles)
            applied = _applied(connection) or {}
        _check(applied, versioned)
        pending = [script for script in versioned if script.version not in applied]
        for script in pending:
            _apply(connection, script)
        restrict_public_rights(connection)
        ensure_logins(connection)
        return [script.name for script in pending]


def newest_version() -> int:
    """Return the newest schema version that this code knows."""
    return _scripts(FOLDER)[1][-1].version


def _scripts(folder: Path) -> tuple[Script, list[Script]]:
    roles = Script(0, "roles.sql", (folder / "roles.sql").read_text(encoding="utf-8"))
    versioned = [
        Script(int(found[1]), path.name, path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.sql"))
        if (found := re.match(r"(\d{4})_", path.name))
    ]
    return roles, versioned


def _exists(connection: psycopg.Connection[Any], role: str) -> bool:
    return connection.execute("select from pg_roles where rolname = %s", [role]).fetchone() is not None


def _may_act_as(connection: psycopg.Connection[Any], role: str) -> bool:
    privilege = "set" if connection.info.server_version >= 160_000 else "member"
    query = "select from pg_roles where rolname = %s and pg_has_role(current_user, oid, %s)"
    return connection.execute(query, [role, privilege]).fetchone() is not None


def _applied(connection: psycopg.Connection[Any]) -> dict[int, str] | None:
    """Return checksums by version; None when there is no ledger of versions, or the user may not read it."""
    readable = "select coalesce(has_table_privilege(to_regclass('raw.schema_versions'), 'select'), false)"
    with connection.transaction():
        if _may_act_as(connection, OWNER):
            _act_as_owner(connection)
        try:
            is_readable = connection.execute(readable).fetchone() == (True,)
        except psycopg.errors.InsufficientPrivilege:  # no usage of schema raw
            return None
        return dict(connection.execute(VERSIONS).fetchall()) if is_readable else None


def _check(applied: dict[int, str], versioned: list[Script]) -> None:
    known = {script.version: script for script in versioned}
    for version, checksum in sorted(applied.items()):
        if version == 0:
            continue
        if version not in known:
            raise ServerError(
                f"The database has schema version {version:04d}, which this code does not know. Use newer code with it."
            )
        if known[version].checksum != checksum:
            raise ServerError(
                f"loaders/database/sql/{known[version].name} was changed after it had been applied to this database. "
                f"Restore the file, and put the change into a new one with the next number."
            )


def _require_nothing_pending(applied: dict[int, str], roles: Script, versioned: list[Script]) -> None:
    if applied.get(0) != roles.checksum or any(script.version not in applied for script in versioned):
        raise ServerError(
            "The database schema is older than this code. Have the operator of the database run: warehouse db start"
        )


def _apply_roles(connection: psycopg.Connection[Any], roles: Script) -> None:
    try:
        with connection.transaction():
            define_on_this_node(connection)
            connection.execute(sql.SQL(roles.text))
            _act_as_owner(connection)
            connection.execute(LEDGER)
            connection.execute(
                "insert into raw.schema_versions (version, name, checksum) values (%s, %s, %s) "
                "on conflict (version) do update set checksum = excluded.checksum, applied_at = excluded.applied_at",
                [roles.version, roles.name, roles.checksum],
            )
    except psycopg.errors.InsufficientPrivilege as error:
        raise ServerError(
            f"The user {connection.info.user} may not set up the roles ({one_line(error)}). Have an administrator run: "
            f"{' '.join(statements_for_administrator(connection))}"
        ) from error
    except psycopg.Error as error:
        raise ServerError(_failed(roles, error)) from error


def _apply(connection: psycopg.Connection[Any], script: Script) -> None:
    try:
        with connection.transaction():
            if not is_distributed(connection):
                define_on_this_node(connection)
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
    return (
        f"loaders/database/sql/{script.name} could not be applied ({one_line(error)}). Nothing of it was kept. "
        "Fix the cause and run it again."
    )
