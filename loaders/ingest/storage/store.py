"""Store one delivery: completely or not at all, each row once, every row accounted for."""

from collections.abc import Callable

import psycopg

from loaders.archive.archived_months import name_months
from loaders.archive.restore import bring_back, only_archived
from loaders.database.advisory_locks import ARCHIVE_LOCK, CONTENT_LOCK
from loaders.database.partitions import create_partitions, missing_months
from loaders.errors import LoadError
from loaders.ingest.storage.delivery import Delivery, LoadResult
from loaders.ingest.storage.insert import find_content, preview, select_content, write
from loaders.ingest.storage.temporary_tables import (
    INCOMING,
    copy_rows,
    create_temporary_tables,
    lock_series,
    remove_from_nodes,
)

__all__ = ["Delivery", "LoadResult", "store_delivery"]


def store_delivery(
    connection: psycopg.Connection,
    delivery: Delivery,
    open_second: Callable[[], psycopg.Connection],
    progress: Callable[[int], None] = lambda rows: None,
    dry_run: bool = False,
) -> LoadResult:
    """Store the rows that are not stored yet, as one load with status `pending`. Never alter a stored row.

    connection: of the loader, without an open transaction. open_second: opens an autocommit connection, for partitions.
    progress: called with the rows read since the last call, and before the commit; if it raises, nothing is stored.
    dry_run: find out everything, store nothing. Raises LoadError when the delivery cannot be stored; then nothing is.
    """
    with connection.transaction(force_rollback=dry_run):
        # Statements that do not wait for each other's results travel together: small loads are mostly round trips.
        with connection.pipeline():
            connection.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", [CONTENT_LOCK, delivery.content_hash])
            content = select_content(connection, delivery.content_hash)
            create_temporary_tables(connection)
        stored = find_content(content)
        if stored is not None:
            return stored
        staged = copy_rows(connection, delivery, progress)
        with connection.pipeline():
            if staged.relation == INCOMING:
                connection.execute("analyze incoming")
            lock_series(connection, staged)
            connection.execute("select pg_advisory_xact_lock_shared(%s)", [ARCHIVE_LOCK])
            missing = missing_months(connection, staged.months)
            archived = only_archived(connection, staged.months)
        if dry_run:
            if archived:
                raise LoadError(
                    f"{delivery.uri} has rows of {name_months(archived)}, which is archived. A dry run cannot compare"
                    " them. Load it without --dry-run, or bring the months back with: warehouse unarchive"
                )
            return preview(connection, delivery, staged)
        if archived:
            bring_back(archived, f"{delivery.uri} has rows of them")
        if missing:
            with open_second() as second:
                create_partitions(second, missing)
        result = write(connection, delivery, staged)
        remove_from_nodes(connection, staged)
        progress(0)
        return result
