"""The keys of the HTTP service and the editing app: create, list, revoke. The database has only their hashes."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from loaders.database.connection import connect
from loaders.database.logins import OWNER
from loaders.database.sql_files import read_sql
from loaders.errors import ServerError, UsageError
from loaders.messages import suggest_names

# Each may do what those before it may.
ROLES = ("analyst", "loader", "operator")
PREFIX = "whk_"
SHOWN_LENGTH = len(PREFIX) + 6
FIND_KEY = "select key_id, name, role, expires_at from ledger.find_api_key(%s)"


@dataclass(frozen=True)
class ApiKey:
    """One key without its secret; times are UTC."""

    key_id: int
    name: str
    role: str
    key_start: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None

    @property
    def status(self) -> str:
        """Whether it can be used: active, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= datetime.now(UTC) else "active"


@dataclass(frozen=True)
class FoundKey:
    """A key that exists and was not revoked."""

    key_id: int
    name: str
    role: str
    expires_at: datetime | None

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)


def find_key(connection: psycopg.Connection[Any], key_hash: bytes) -> FoundKey | None:
    """Return the key with this hash if it can be used now."""
    row = connection.execute(FIND_KEY, [key_hash]).fetchone()
    found = None if row is None else FoundKey(*row)
    return None if found is None or found.is_expired else found


def hash_key(key: str) -> bytes:
    """Return the hash under which a key is stored. A key is random and long, so a fast hash is enough."""
    return hashlib.sha256(key.encode()).digest()


def create_key(name: str, role: str, who: str, expires_at: datetime | None = None) -> str:
    """Create a key and return it. It cannot be shown again. Raises UsageError."""
    if not name.strip():
        raise UsageError("The name of a key must not be empty.")
    if role not in ROLES:
        raise UsageError(f"Unknown role {role!r}. {suggest_names(role, ROLES)}")
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= datetime.now(UTC)):
        raise UsageError("The end of a key must be in the future, with an offset. Write it like 2027-01-01T00:00:00Z.")
    key = PREFIX + secrets.token_urlsafe(32)
    with _as_owner() as connection:
        connection.execute(
            read_sql("loaders.database", "insert_api_key"),
            {
                "name": name.strip(),
                "role": role,
                "hash": hash_key(key),
                "start": key[:SHOWN_LENGTH],
                "who": who,
                "expires_at": expires_at,
            },
        )
    return key


def list_keys() -> list[ApiKey]:
    """Return all keys, newest first, also those that were revoked."""
    with _as_owner() as connection, connection.cursor(row_factory=class_row(ApiKey)) as cursor:
        return cursor.execute(read_sql("loaders.database", "all_api_keys")).fetchall()


def revoke_key(key_id: int, who: str) -> bool:
    """Revoke a key at once. Returns False if it was revoked before. Raises UsageError for an unknown one."""
    with _as_owner() as connection:
        changed = connection.execute(
            "update ledger.api_keys set revoked_at = clock_timestamp(), revoked_by = %s"
            " where key_id = %s and revoked_at is null",
            [who, key_id],
        ).rowcount
        if not changed and not connection.execute("select from ledger.api_keys where key_id = %s", [key_id]).fetchall():
            raise UsageError(f"Unknown key {key_id}. List the keys with: warehouse keys list")
    return bool(changed)


@contextmanager
def _as_owner() -> Iterator[psycopg.Connection[Any]]:
    try:
        with connect(None) as connection, connection.transaction():
            connection.execute(sql.SQL("set local role {}").format(sql.Identifier(OWNER)))
            yield connection
    except psycopg.errors.UndefinedTable:
        raise ServerError("The database schema is older than this code. Update it with: warehouse db start") from None
    except psycopg.errors.InsufficientPrivilege:
        raise ServerError("This login may not manage keys. Use the login of the operator of the database.") from None
