"""Read and change the ledger of loads: deliveries, their status, and every change of it with who and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import psycopg
from psycopg.rows import class_row, dict_row

from loaders.database.sql_files import read_sql
from loaders.errors import LoadError

# Status → the statuses it may change to. Nothing is ever deleted.
TRANSITIONS = {
    "pending": {"accepted", "held", "withdrawn"},
    "held": {"accepted", "withdrawn"},
    "accepted": {"withdrawn"},
    "withdrawn": {"accepted"},
}
SET_STATUS = "select ledger.set_load_status(%s, %s, %s, %s, %s)"


@dataclass(frozen=True)
class LedgerEntry:
    """One row of raw.loads, with the reason of its newest event; times are UTC.

    events: every change of its status, oldest first, with who made it: the name that the caller gave, and the login and
    client address that the server saw.
    """

    load_id: int
    status: str
    source: str
    format: str
    uri: str
    collected_at_basis: str
    rows_read: int
    rows_inserted: int
    rows_corrected: int
    rows_duplicate: int
    rows_blank: int
    rows_rejected: int
    started_at: datetime
    loaded_at: datetime
    notices: list[str]
    why: str
    events: list[dict[str, str | None]]


def entries(connection: psycopg.Connection, status: str | None = None, limit: int | None = None) -> list[LedgerEntry]:
    """Return loads, newest first."""
    return _entries(connection, status=status, limit=limit)


def entry(connection: psycopg.Connection, load_id: int) -> LedgerEntry:
    """Return one load. Raises LoadError for an unknown one."""
    matches = _entries(connection, load_id=load_id)
    if not matches:
        raise LoadError(_unknown_load(load_id))
    return matches[0]


def _entries(
    connection: psycopg.Connection, status: str | None = None, load_id: int | None = None, limit: int | None = None
) -> list[LedgerEntry]:
    with connection.cursor(row_factory=class_row(LedgerEntry)) as cursor:
        query = read_sql(__package__, "ledger_entries")
        return cursor.execute(query, {"status": status, "load_id": load_id, "limit": limit}).fetchall()


def _unknown_load(load_id: int) -> str:
    return f"Unknown load {load_id}. List the loads with: warehouse loads"


def set_status(
    connection: psycopg.Connection,
    load_id: int,
    status: str,
    why: str,
    who: str | None = None,
    decided_by: Literal["gate", "person"] = "person",
) -> bool:
    """Change the status of a load, and record it. Returns False if the load has the status already.

    decided_by: a person, or the load gate, which has locked the load in this transaction and knows that it is pending.
    Raises LoadError for an unknown load, an empty reason, or a change that TRANSITIONS does not allow.
    """
    if not why.strip():
        raise LoadError("A change of status needs a reason. Enter one with --why.")
    if decided_by == "gate":
        connection.execute(SET_STATUS, [load_id, status, who, why, decided_by])
        return True
    with connection.transaction():
        row = connection.execute("select status from ledger.lock_loads(array[%s])", [load_id]).fetchone()
        if row is None:
            raise LoadError(_unknown_load(load_id))
        if row[0] == status:
            return False
        if status not in TRANSITIONS[row[0]]:
            raise LoadError(f"Load {load_id} is {row[0]}. It cannot become {status}.")
        connection.execute(SET_STATUS, [load_id, status, who, why, decided_by])
    return True


def stable_ledger_time(connection: psycopg.Connection) -> datetime:
    """Return a timestamp (UTC, the server's clock) before which no load event can still be committed.

    Waits for open transactions. Raises LoadError after half a minute.
    """
    try:
        with connection.transaction():
            [(now,)] = connection.execute("select ledger.stable_time()").fetchall()
            return now
    except psycopg.errors.LockNotAvailable as error:
        raise LoadError(
            "Other processes have been writing to the ledger for half a minute. Try again when they are done."
        ) from error


def rejects(connection: psycopg.Connection, load_id: int, limit: int | None = None) -> list[dict]:
    """Return the rejected rows of a load: row_number, reason, payload (a dict of canonical columns)."""
    entry(connection, load_id)
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select row_number, reason, payload from raw.rejected_rows where load_id = %s order by row_number limit %s",
            [load_id, limit],
        ).fetchall()
