"""Store one delivery: completely or not at all, each row once, every row accounted for."""

from collections.abc import Callable

import psycopg

from loaders.database.advisory_locks import CONTENT_LOCK
from loaders.ingest.storage.delivery import Delivery, LoadResult
from loaders.ingest.storage.insert import find_content, preview, write
from loaders.ingest.storage.temporary_tables import copy_rows, create_temporary_tables, lock_series, make_partitions

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
        connection.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", [CONTENT_LOCK, delivery.content_hash])
        stored = find_content(connection, delivery.content_hash)
        if stored is not None:
            return stored
        create_temporary_tables(connection)
        staged = copy_rows(connection, delivery, progress)
        lock_series(connection, staged)
        if dry_run:
            return preview(connection, delivery, staged)
        make_partitions(connection, staged, open_second)
        result = write(connection, delivery, staged)
        progress(0)
        return result
