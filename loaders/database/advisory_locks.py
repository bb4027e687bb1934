"""The numbers of the advisory locks, in one place so that no two locks share one."""

from typing import Any

import psycopg

PARTITION_LOCK = 7301  # one process creates partitions at a time
REGISTRY_LOCK = 7302  # one process edits the registry at a time
CONTENT_LOCK = 7303  # first of two keys: one loader for each content hash
SERIES_LOCK = 7304  # first of two keys: one loader for each bucket of series
ROW_ID_LOCK = 7305  # row ids are given out in blocks
BUILD_NODE_LOCK = 7306  # first of two keys: one dbt build at a time changes a relation (dbt_project/macros/builds/)
ARCHIVE_LOCK = 7307  # loads share it while they store; a month leaves the tables while nobody has it
ARCHIVE_MONTH_LOCK = 7308  # first of two keys: one process brings a month back
MIGRATION_LOCK = 7_203_461_905  # one process applies migrations at a time
BUILD_LOCK = 7_203_461_906  # one build at a time
RUN_LOCK = 7_203_461_907  # one scheduled run at a time

SESSION_END_SECONDS = 3


def take_lock(connection: psycopg.Connection[Any], number: int) -> bool:
    """Take a lock for a session in autocommit mode; False where another session keeps it.

    A session that has ended holds its locks for a moment, until the server notices, so this waits for some seconds.
    """
    connection.execute(f"set lock_timeout = '{SESSION_END_SECONDS}s'")
    try:
        connection.execute("select pg_advisory_lock(%s)", [number])
    except psycopg.errors.LockNotAvailable:
        return False
    finally:
        connection.execute("reset lock_timeout")
    return True
