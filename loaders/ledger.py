"""The ledger of loads: what was delivered, what counts, and every change of that with who and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import psycopg
from psycopg.rows import class_row, dict_row

from loaders.errors import LoadError

# What a load may become, by what it is. Nothing is ever deleted.
TRANSITIONS = {
    "pending": {"accepted", "held", "withdrawn"},
    "held": {"accepted", "withdrawn"},
    "accepted": {"withdrawn"},
    "withdrawn": {"accepted"},
}


@dataclass(frozen=True)
class LedgerEntry:
    """One load, as the ledger has it; times are UTC."""

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
    rows_rejected: int
    started_at: datetime
    loaded_at: datetime
    why: str


ENTRIES = """
select
    load_id, loads.status, source, format, uri, collected_at_basis, rows_read, rows_inserted, rows_corrected,
    rows_duplicate, rows_rejected, started_at, loaded_at, newest.why
from raw.loads
cross join lateral (
    select why from raw.load_events where load_events.load_id = loads.load_id order by event_id desc limit 1
) as newest
where
    (%(status)s::text is null or loads.status = %(status)s)
    and (%(load_id)s::integer is null or load_id = %(load_id)s)
order by load_id desc
limit %(limit)s
"""


def entries(connection: psycopg.Connection, status: str | None = None, limit: int | None = None) -> list[LedgerEntry]:
    """Loads, newest first."""
    with connection.cursor(row_factory=class_row(LedgerEntry)) as cursor:
        return cursor.execute(ENTRIES, {"status": status, "load_id": None, "limit": limit}).fetchall()


def entry(connection: psycopg.Connection, load_id: int) -> LedgerEntry:
    """One load (raises LoadError when there is none of that number)."""
    with connection.cursor(row_factory=class_row(LedgerEntry)) as cursor:
        found = cursor.execute(ENTRIES, {"status": None, "load_id": load_id, "limit": 1}).fetchone()
    if found is None:
        raise LoadError(f"There is no load {load_id}; `python -m loaders loads` lists them.")
    return found


def set_status(
    connection: psycopg.Connection,
    load_id: int,
    status: str,
    why: str,
    who: str | None = None,
    decided_by: Literal["gate", "person"] = "person",
) -> bool:
    """Change what a load counts as, and remember it. Returns False when it is so already.

    Raises LoadError for an unknown load, an empty reason, or a change that TRANSITIONS does not have.
    """
    if not why.strip():
        raise LoadError("A change of status needs a reason; give one with --why.")
    with connection.transaction():
        row = connection.execute("select status from raw.loads where load_id = %s for update", [load_id]).fetchone()
        if row is None:
            raise LoadError(f"There is no load {load_id}; `python -m loaders loads` lists them.")
        if row[0] == status:
            return False
        if status not in TRANSITIONS[row[0]]:
            raise LoadError(f"Load {load_id} is {row[0]}; it cannot become {status}.")
        connection.execute("update raw.loads set status = %s where load_id = %s", [status, load_id])
        connection.execute(
            "insert into raw.load_events (load_id, status, who, why, decided_by)"
            " values (%s, %s, coalesce(%s, session_user), %s, %s)",
            [load_id, status, who, why, decided_by],
        )
    return True


def settled_moment(connection: psycopg.Connection) -> datetime:
    """A moment of the server's clock, in UTC, up to which the ledger never changes: what is being written is awaited.

    Raises LoadError when that takes half a minute.
    """
    try:
        with connection.transaction():
            connection.execute("set local lock_timeout = '30s'")
            connection.execute("lock table raw.load_events in share mode")
            return connection.execute("select clock_timestamp()").fetchone()[0]
    except psycopg.errors.LockNotAvailable as error:
        raise LoadError(
            "The ledger is being written to for half a minute already; try again when that is done."
        ) from error


def rejects(connection: psycopg.Connection, load_id: int, limit: int | None = None) -> list[dict]:
    """The rejected rows of a load: row_number, reason, payload (a dict of canonical columns)."""
    entry(connection, load_id)
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select row_number, reason, payload from raw.rejected_rows where load_id = %s order by row_number limit %s",
            [load_id, limit],
        ).fetchall()
