"""Bring archived months back into raw.measures, as the loader. The next build completes the marts."""

import sys
from collections.abc import Iterable
from datetime import date
from typing import Any

import psycopg
from pgpq import ArrowToPostgresBinaryEncoder

from loaders.archive.archived_months import ArchivedMonth, name_months, read_archived
from loaders.archive.month_files import SCHEMA, read_month, require_intact
from loaders.database.advisory_locks import ARCHIVE_MONTH_LOCK
from loaders.database.citus import require_not_distributed
from loaders.database.connection import connect
from loaders.errors import ServerError
from loaders.messages import one_line


def only_archived(connection: psycopg.Connection[Any], months: Iterable[date] | None = None) -> list[date]:
    """Return those of some months (or of all) whose rows are not in raw.measures."""
    return [archived.month for archived in read_archived(connection, months) if archived.restored_at is None]


def bring_back(months: Iterable[date], why: str) -> list[date]:
    """Copy the rows of archived months into raw.measures; returns those that came back now.

    Each month is one transaction, in which the database compares the rows with those that were archived. why: the
    reason, for a line on stderr. Raises ServerError; the months before stay back.
    """
    done = []
    with connect(autocommit=True) as connection:
        require_not_distributed(connection, "unarchive")
        for month in sorted(set(months)):
            try:
                if _bring_back_month(connection, month):
                    done.append(month)
            except psycopg.Error as error:
                raise ServerError(
                    f"The archived month {month:%Y-%m} cannot be brought back ({one_line(error)}). It stays archived."
                    " Fix the cause, then try again."
                ) from error
    if done:
        print(f"Brought {name_months(done)} back from the archive: {why}.", file=sys.stderr)
    return done


def _bring_back_month(connection: psycopg.Connection[Any], month: date) -> bool:
    """Return False where another process was faster."""
    connection.execute("select ledger.create_month_partition(%s)", [month])
    with connection.transaction():
        key = month.year * 100 + month.month
        connection.execute("select pg_advisory_xact_lock(%s, %s)", [ARCHIVE_MONTH_LOCK, key])
        archived = [row for row in read_archived(connection, [month]) if row.restored_at is None]
        if not archived:
            return False
        _copy_rows(connection, archived[0])
        connection.execute("select ledger.finish_restore(%s)", [month])
    return True


def _copy_rows(connection: psycopg.Connection[Any], archived: ArchivedMonth) -> None:
    require_intact(archived)
    encoder = ArrowToPostgresBinaryEncoder(SCHEMA)
    columns = ", ".join(SCHEMA.names)
    with connection.cursor().copy(f"copy raw.measures ({columns}) from stdin with (format binary)") as copy:
        copy.write(encoder.write_header())
        for batch in read_month(archived.path):
            copy.write(encoder.write_batch(batch))
        copy.write(encoder.finish())
