"""Move closed months of revisions to Parquet files, and bring them back. Acts as the operator."""

import getpass
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
from psycopg.conninfo import make_conninfo

from loaders.archive.archived_months import (
    ArchivedMonth,
    archive_root,
    name_months,
    next_month,
    read_archived,
    starts_at,
)
from loaders.archive.month_files import (
    manifest_of,
    publish_folder,
    read_manifest,
    remove_folder,
    write_month,
)
from loaders.archive.restore import bring_back, only_archived
from loaders.database.advisory_locks import BUILD_LOCK, take_lock
from loaders.database.citus import require_not_distributed
from loaders.database.connection import connect, connection_info
from loaders.database.logins import LOADER
from loaders.database.sql_files import read_sql
from loaders.dbt_runner import build
from loaders.errors import ServerError, UsageError
from loaders.messages import one_line

PACKAGE = "loaders.operations"
ATTEMPTS = 3
COMPLETED_BY_BUILD = "select to_regclass('marts.dim_archived_month') is not null"
WAREHOUSE_ID = """
select system_identifier || ':' || (select oid from pg_database where datname = current_database())
from pg_control_system()
"""

Report = Callable[[str], None]


class _RowsArrived(Exception):
    """Rows of the month were stored while its files were written."""


def archive(before: date, report: Report = lambda line: None) -> list[ArchivedMonth]:
    """Move the months before a first-of-month date (UTC) to Parquet files; returns them.

    Each month is written, read back, and only then taken out of the tables, in one transaction that records it. So an
    interruption leaves a month in the tables or in the archive, never in both or none. report: called with a line for
    each month. Raises UsageError and ServerError; the months before stay archived.
    """
    if before > datetime.now(UTC).date().replace(day=1):
        raise UsageError(f"{before:%Y-%m} is in the future. Only months that have ended can be archived.")
    done = []
    with _operator() as connection:
        require_not_distributed(connection, "archive")
        _require_built(connection)
        _require_no_month_on_its_way(connection)
        warehouse = _scalar(connection, WAREHOUSE_ID)
        root = archive_root()
        try:
            remove_left_over_folders(connection, root, warehouse)
            for month in _months_in_tables(connection, before):
                archived = _archive_month(connection, month, root, warehouse)
                _give_space_back(connection, month)
                report(f"{month:%Y-%m}: {archived.row_count:,} revisions, {archived.file_bytes / 1e6:,.1f} MB")
                done.append(archived)
        except OSError as error:
            raise ServerError(
                f"The archive {root} cannot be written ({error.strerror}). The months before this one are archived, the"
                " others are in the tables as before. Make room there, then run it again."
            ) from error
        except psycopg.Error as error:
            raise ServerError(
                f"The archive run stopped ({one_line(error)}). No month is half archived. Run it again."
            ) from error
    return done


def unarchive(months: Sequence[date] | None, report: Report = lambda line: None) -> list[date]:
    """Bring archived months back (None: all), complete the marts with a build, and delete their folders.

    Returns the months. Raises UsageError for a month that is not archived, and ServerError and BuildError; what came
    back stays in the tables, and is read from the archive until a build passes.
    """
    with connect() as connection:
        listed = [archived.month for archived in read_archived(connection)]
        archived = only_archived(connection)
    requested = listed if months is None else list(months)
    if unknown := sorted(set(requested) - set(listed)):
        raise UsageError(f"{name_months(unknown)} is not archived. Archived are: {name_months(listed) or 'no months'}.")
    bring_back([month for month in requested if month in archived], "unarchive")
    if requested:
        report("Completing the marts.")
        build()
        with _operator() as connection:
            remove_left_over_folders(connection, archive_root(), _scalar(connection, WAREHOUSE_ID))
    return requested


def remove_left_over_folders(connection: psycopg.Connection[Any], root: Path, warehouse: str) -> list[str]:
    """Delete what interrupted runs left, and folders of months that are in the tables again; returns their names.

    Only folders whose manifest names this warehouse, and unfinished ones of it.
    """
    recorded = {archived.path.name for archived in read_archived(connection)}
    removed = []
    for folder in sorted(root.glob("month=*")) if root.is_dir() else []:
        manifest = read_manifest(folder)
        if folder.name not in recorded and manifest is not None and manifest.get("warehouse") == warehouse:
            remove_folder(folder)
            removed.append(folder.name)
    for folder in root.glob(f".unfinished-{_as_name(warehouse)}-*"):
        remove_folder(folder)
    return removed


@contextmanager
def _operator() -> Iterator[psycopg.Connection[Any]]:
    """Connect as the operator, while no build runs."""
    with connect(None, autocommit=True) as connection:
        if not take_lock(connection, BUILD_LOCK):
            raise ServerError(
                "A build, or another archive run, is in progress. Wait until it has ended, then run it again."
            )
        yield connection


def _require_built(connection: psycopg.Connection[Any]) -> None:
    if not _scalar(connection, COMPLETED_BY_BUILD):
        raise ServerError(
            "The marts are not built by this version, and they keep the newest values. Run: warehouse build"
        )


def _require_no_month_on_its_way(connection: psycopg.Connection[Any]) -> None:
    restored = [archived.month for archived in read_archived(connection) if archived.restored_at is not None]
    if restored:
        raise ServerError(
            f"{name_months(restored)} came back from the archive, and the marts lack them. Run: warehouse build"
        )


def _months_in_tables(connection: psycopg.Connection[Any], before: date) -> list[date]:
    rows = connection.execute(read_sql(PACKAGE, "months_in_tables"), {"before": starts_at(before)})
    return [month for (month,) in rows]


def _archive_month(connection: psycopg.Connection[Any], month: date, root: Path, warehouse: str) -> ArchivedMonth:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _try_archive_month(connection, month, root, warehouse)
        except _RowsArrived:
            if attempt == ATTEMPTS:
                raise ServerError(
                    f"Rows of {month:%Y-%m} are being loaded, so it stays in the tables. Run it again after that."
                ) from None
    raise AssertionError("the last attempt returns or raises")


def _try_archive_month(connection: psycopg.Connection[Any], month: date, root: Path, warehouse: str) -> ArchivedMonth:
    bounds = {"month": month, "month_start": starts_at(month), "month_end": starts_at(next_month(month))}
    folder = root / f"month={month:%Y-%m}"
    unfinished = root / f".unfinished-{_as_name(warehouse)}-{month:%Y-%m}"
    remove_folder(unfinished)
    if folder.exists():
        raise ServerError(
            f"{folder} exists, and is not of this warehouse. Move it away, or name another folder by WAREHOUSE_ARCHIVE."
        )
    row_count, content_hash = _content(connection, month)
    try:
        with _rows_of_month(bounds) as batches:
            written = write_month(unfinished, batches, manifest_of(month, warehouse, content_hash))
        if written["rows"] != row_count:
            raise _RowsArrived
        publish_folder(unfinished, folder)
        entry = {
            **bounds,
            "folder": str(folder),
            "row_count": row_count,
            "content_hash": content_hash,
            "file_bytes": written["bytes"],
            "file_sha256": written["sha256"],
            "who": getpass.getuser(),
        }
        _take_out_of_tables(connection, entry)
    except BaseException:
        remove_folder(unfinished)
        # A lost connection can hide a commit: then the next run decides, by what is recorded.
        if not connection.broken and not read_archived(connection, [month]):
            remove_folder(folder)
        raise
    [archived] = read_archived(connection, [month])
    return archived


def _take_out_of_tables(connection: psycopg.Connection[Any], entry: dict[str, Any]) -> None:
    """Record the month and delete its rows, in one transaction in which nobody loads. Raises _RowsArrived."""
    with connection.transaction():
        connection.execute(read_sql(PACKAGE, "wait_for_loads"))
        reason = _scalar(connection, read_sql(PACKAGE, "why_not_archivable"), entry)
        if reason is not None:
            raise ServerError(f"{entry['month']:%Y-%m} stays in the tables: {reason}")
        if _content(connection, entry["month"]) != (entry["row_count"], entry["content_hash"]):
            raise _RowsArrived
        for role, name in (
            ("warehouse_transformer", "keep_flags_of_month"),
            ("warehouse_owner", "record_month"),
            ("warehouse_owner", "record_loads_of_month"),
            ("warehouse_transformer", "delete_revisions_of_month"),
            ("warehouse_owner", "delete_measures_of_month"),
        ):
            connection.execute(f"set local role {role}")
            connection.execute(read_sql(PACKAGE, name), entry)


def _content(connection: psycopg.Connection[Any], month: date) -> tuple[int, int]:
    [(row_count, content_hash)] = connection.execute("select * from ledger.content_of_month(%s)", [month]).fetchall()
    return row_count, int(content_hash)


@contextmanager
def _rows_of_month(bounds: dict[str, Any]) -> Iterator[Iterator[pa.RecordBatch]]:
    """Read the rows in the order of the file, in parts, as the loader."""
    from adbc_driver_postgresql import dbapi

    info = connection_info(LOADER)
    query = read_sql(PACKAGE, "rows_of_month")
    try:
        with (
            dbapi.connect(make_conninfo(**info.parameters("warehouse-archive"))) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(query, (bounds["month_start"], bounds["month_end"]))
            yield iter(cursor.fetch_record_batch())
    except dbapi.Error as error:
        raise ServerError(
            f"The rows cannot be read ({one_line(error)}). Nothing was archived. Run it again."
        ) from error


def _give_space_back(connection: psycopg.Connection[Any], month: date) -> None:
    """Rewrite the partitions of the month, which are nearly empty. Where one is in use, `db maintain` follows later."""
    tables = connection.execute(read_sql(PACKAGE, "partitions_of_month"), {"suffix": f"{month:%Y_%m}"}).fetchall()
    connection.execute("set lock_timeout = '2s'")
    for role, table in tables:
        connection.execute(f"set role {role}")
        try:
            connection.execute(f"vacuum (full) {table}")
            connection.execute(f"vacuum (analyze) {table}")
        except psycopg.errors.LockNotAvailable:
            pass
        finally:
            connection.execute("reset role")
    connection.execute("reset lock_timeout")


def _as_name(warehouse: str) -> str:
    return warehouse.replace(":", "-")


def _scalar(connection: psycopg.Connection[Any], query: str, parameters: Any = None) -> Any:
    row = connection.execute(query, parameters).fetchone()
    return None if row is None else row[0]
