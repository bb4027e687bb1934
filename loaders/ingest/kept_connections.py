"""One connection per worker thread: kept open between files, replaced when it was lost, interrupted from outside."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from loaders.database.connection import connect

log = logging.getLogger(__name__)

CANCEL_EVERY_SECONDS = 0.2

_thread = threading.local()


class KeptConnections:
    """The connections that threads keep; another thread can cancel what they are doing."""

    def __init__(self) -> None:
        self._by_thread: dict[int, psycopg.Connection[Any] | None] = {}
        self._changed = threading.Condition()

    @contextmanager
    def keep(self) -> Iterator[None]:
        """Let this thread keep the connection that it borrows, until the end of the block."""
        self._hold(None)
        _thread.kept_in = self
        try:
            yield
        finally:
            _close()
            _thread.kept_in = None
            with self._changed:
                del self._by_thread[threading.get_ident()]
                self._changed.notify_all()

    def _hold(self, connection: psycopg.Connection[Any] | None) -> None:
        with self._changed:
            self._by_thread[threading.get_ident()] = connection

    def cancel_until_done(self) -> None:
        """Cancel the statements of all threads, again and again, until no thread keeps a connection.

        Once is not enough: a thread may be between two statements. The caller sees to it that no thread begins later.
        """
        while True:
            with self._changed:
                if self._changed.wait_for(lambda: not self._by_thread, timeout=CANCEL_EVERY_SECONDS):
                    return
                busy = [connection for connection in self._by_thread.values() if connection]
            for connection in busy:
                try:
                    connection.cancel_safe(timeout=CANCEL_EVERY_SECONDS)
                except psycopg.Error as error:
                    log.debug("A statement could not be cancelled; its worker sees the same fault.", exc_info=error)


@contextmanager
def borrow_connection() -> Iterator[psycopg.Connection[Any]]:
    """Yield the loader's connection of this thread, or one that is closed afterwards; commits at the end.

    After an error the connection is closed: an open transaction is rolled back.
    """
    connection = getattr(_thread, "connection", None)
    if connection is None or connection.closed:
        connection = connect()
    kept_in: KeptConnections | None = getattr(_thread, "kept_in", None)
    _thread.connection = connection
    if kept_in is not None:
        kept_in._hold(connection)
    try:
        yield connection
        connection.commit()
    except BaseException:
        _close()
        raise
    if kept_in is None:
        _close()


def _close() -> None:
    connection = getattr(_thread, "connection", None)
    _thread.connection = None
    kept_in: KeptConnections | None = getattr(_thread, "kept_in", None)
    if kept_in is not None:
        kept_in._hold(None)
    if connection is not None:
        connection.close()
