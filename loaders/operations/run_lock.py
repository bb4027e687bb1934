"""The lock that scheduled runs and watchers share: one of them works at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from loaders.database.advisory_locks import RUN_LOCK
from loaders.database.connection import connect


@contextmanager
def turn_to_run(wait: bool) -> Iterator[bool]:
    """Hold the lock of runs; yields whether this one has it. It ends with the process, however that ends."""
    with connect(autocommit=True) as connection:
        row = connection.execute("select pg_try_advisory_lock(%s)", [RUN_LOCK]).fetchone()
        if row != (True,) and wait:
            connection.execute("set lock_timeout = 0")
            connection.execute("set statement_timeout = 0")
            connection.execute("select pg_advisory_lock(%s)", [RUN_LOCK])
            row = (True,)
        yield row == (True,)
