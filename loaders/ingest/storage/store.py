"""Store one delivery: wholly or not at all, each row once, every row accounted for."""

from collections.abc import Callable

import psycopg

from loaders.database.advisory_locks import CONTENT_LOCK
from loaders.ingest.storage.delivery import Delivery, LoadResult
from loaders.ingest.storage.insert import find_content, foresee, write
from loaders.ingest.storage.temporary_tables import create_staging, lock_series, make_partitions, stage

__all__ = ["Delivery", "LoadResult", "append"]


def append(
    connection: psycopg.Connection,
    delivery: Delivery,
    open_second: Callable[[], psycopg.Connection],
    progress: Callable[[int], None] = lambda rows: None,
    dry_run: bool = False,
) -> LoadResult:
    """Store the rows that are not stored yet, as one load with status `pending`.

    connection: role warehouse_loader, no transaction open. open_second: gives an autocommit connection, for partitions.
    progress: called with the number of rows read since the last call, and before the commit; when it raises, nothing is
    stored. dry_run: find out everything, store nothing.
    Raises LoadError when the delivery cannot be stored; nothing of it is stored then. Never alters a stored row.
    """
    with connection.transaction(force_rollback=dry_run):
        connection.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", [CONTENT_LOCK, delivery.content_hash])
        known = find_content(connection, delivery.content_hash)
        if known is not None:
            return known
        create_staging(connection)
        staged = stage(connection, delivery, progress)
        lock_series(connection, staged)
        if dry_run:
            return foresee(connection, delivery, staged)
        make_partitions(connection, staged, open_second)
        result = write(connection, delivery, staged)
        progress(0)
        return result
