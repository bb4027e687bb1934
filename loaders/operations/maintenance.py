"""Upkeep that a warehouse needs now and then, and that is safe next to loads, builds and readers."""

import contextlib
import hashlib
import shutil
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from loaders.database.connection import connect, connection_info, uses_embedded_server
from loaders.database.partitions import create_partitions, missing_months
from loaders.database.sql_files import read_sql
from loaders.embedded_server.paths import current_layout
from loaders.embedded_server.postmaster import LOG_LIMIT_BYTES
from loaders.errors import ServerError
from loaders.gates.checks import REPORTS
from loaders.messages import one_line
from loaders.settings import settings

MONTHS_AHEAD = 3
KEEP_DAYS = 400
DAY_SECONDS = 86_400


@dataclass
class Maintenance:
    """What was done, and what is worth knowing. tables: one dict per table, sizes in bytes, largest first."""

    partitions_created: list[str] = field(default_factory=list)
    tables_vacuumed: list[str] = field(default_factory=list)
    rows_pruned: int = 0
    log_rotated: bool = False
    tables: list[dict[str, Any]] = field(default_factory=list)
    unused_indexes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """Return it in one line."""
        return (
            f"{len(self.partitions_created)} partitions created, {len(self.tables_vacuumed)} tables vacuumed, "
            f"{self.rows_pruned:,} old results deleted"
        )


def maintain(keep_days: int = KEEP_DAYS) -> Maintenance:
    """Create the partitions of the next months, vacuum where due, delete old results, rotate the server's log.

    keep_days: how long results of checks and records of runs are kept, at least 30. Nothing waits for it: what is
    locked is left for the next time. Acts as the loader and the operator. Raises ServerError.
    """
    done = Maintenance()
    try:
        with connect(autocommit=True) as connection:
            months = missing_months(connection, _next_months(datetime.now(UTC).date()))
            create_partitions(connection, months)
            done.partitions_created = [f"{month:%Y-%m}" for month in months]
            row = connection.execute("select ledger.prune_history(%s)", [keep_days]).fetchone()
            done.rows_pruned = 0 if row is None else row[0]
        with connect(None, autocommit=True) as connection, connection.cursor(row_factory=dict_row) as cursor:
            done.tables_vacuumed = _vacuum(connection)
            done.tables = cursor.execute(read_sql("loaders.operations", "table_sizes")).fetchall()
            done.unused_indexes = cursor.execute(read_sql("loaders.operations", "unused_indexes")).fetchall()
    except psycopg.errors.CheckViolation as error:
        raise ServerError(f"{one_line(error.diag.message_primary)}. Enter a larger number of days.") from error
    except psycopg.Error as error:
        raise ServerError(f"The upkeep stopped ({one_line(error)}). Run it again.") from error
    _prune_data_docs(REPORTS / "data_docs", keep_days)
    done.log_rotated = uses_embedded_server() and rotate_server_log()
    return done


def _prune_data_docs(folder: Path, keep_days: int) -> None:
    """Delete the pages of checks that are older than that many days."""
    oldest = time.time() - keep_days * DAY_SECONDS
    for path in folder.rglob("*.html"):
        with contextlib.suppress(FileNotFoundError):  # a check replaces its pages meanwhile
            if path.stat().st_mtime < oldest:
                path.unlink()


def is_due() -> bool:
    """Return whether no upkeep by `maintain_daily` ended within the last day, on this machine and warehouse."""
    try:
        return time.time() - _mark().stat().st_mtime > DAY_SECONDS
    except OSError:
        return True


def maintain_daily(keep_days: int) -> Maintenance:
    """Maintain, and remember when. Raises ServerError; then it stays due."""
    done = maintain(keep_days)
    _mark().parent.mkdir(exist_ok=True)
    _mark().touch()
    return done


def _mark() -> Path:
    """Return the file whose time of change is the last upkeep of this warehouse."""
    info = connection_info()
    name = hashlib.sha256(f"{info.host}:{info.port}/{info.dbname}".encode()).hexdigest()[:12]
    return settings().home / f"maintained-{name}"


def _next_months(today: date) -> list[date]:
    """Return the first days of this month and the next ones."""
    count = today.year * 12 + today.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(count, count + MONTHS_AHEAD + 1)]


def _vacuum(connection: psycopg.Connection[Any]) -> list[str]:
    """Vacuum and analyze the tables that are due. One that is locked, or belongs to others, is skipped."""
    connection.execute("set lock_timeout = '5s'")
    names = []
    for schema, table, _ in connection.execute(read_sql("loaders.operations", "tables_due")).fetchall():
        name = sql.Identifier(schema, table)
        connection.execute(sql.SQL("vacuum (analyze, skip_locked) {}").format(name))
        names.append(f"{schema}.{table}")
    return names


def rotate_server_log(limit_bytes: int = LOG_LIMIT_BYTES) -> bool:
    """Move the log of the embedded server to server.log.1 when it is large. Returns whether it was.

    The server keeps its descriptor, which appends, so the content is copied and the file emptied.
    """
    log_file = current_layout().log_file
    try:
        if log_file.stat().st_size <= limit_bytes:
            return False
        shutil.copy2(log_file, log_file.with_name("server.log.1"))
        with log_file.open("r+b") as file:
            file.truncate(0)
    except OSError as error:
        raise ServerError(f"{log_file} cannot be rotated ({error.strerror}). Check its permissions.") from error
    return True
