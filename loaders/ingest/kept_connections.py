"""One connection per worker thread: kept open between files, replaced when it was lost."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from loaders.database.connection import connect

_thread = threading.local()


@contextmanager
def kept_connection() -> Iterator[None]:
    """Let this thread keep the connection that it borrows, until the end of the block."""
    _thread.keeps = True
    try:
        yield
    finally:
        _thread.keeps = False
        _close()


@contextmanager
def borrow_connection() -> Iterator[psycopg.Connection[Any]]:
    """Yield the loader's connection of this thread, or one that is closed afterwards; commits at the end.

    After an error the connection is closed: an open transaction is rolled back.
    """
    connection = getattr(_thread, "connection", None)
    if connection is None or connection.closed:
        connection = connect()
    _thread.connection = connection
    try:
        yield connection
        connection.commit()
    except BaseException:
        _close()
        raise
    if not getattr(_thread, "keeps", False):
        _close()


def _close() -> None:
    connection = getattr(_thread, "connection", None)
    _thread.connection = None
    if connection is not None:
        connection.close()
