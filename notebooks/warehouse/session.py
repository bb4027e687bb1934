"""Keep one read-only connection per thread open, as an analyst, and read from it in short transactions.

A call begins a transaction, whose first statement shows that the connection still works, and ends it before it
returns. So nothing is locked between calls. The catalogue is kept and read again only when its version changed.
Few rows are read by another connection, which needs fewer round trips.
"""

import atexit
import ctypes
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pyarrow as pa

from loaders.database.connection import connect
from loaders.database.logins import ANALYST
from loaders.errors import WarehouseError
from loaders.messages import one_line
from loaders.settings import Settings, settings
from warehouse.connection import has_few_rows, open_call, require_database
from warehouse.connections.arrow_connection import ArrowConnection
from warehouse.connections.row_connection import RowConnection
from warehouse.errors import ReadError, TablesReplacedError, UnavailableError
from warehouse.progress import show_progress

# Not before the newest event of the ledger, also where the server's clock was set back.
HEALTH_CHECK = (
    "select greatest(now(), (select changed_at from marts.fct_load_events order by event_id desc limit 1)) as read_at,"
    " (select version from marts.catalog_version) as version,"
    " exists (select from marts.dim_archived_month) as has_archive,"
    " to_regclass('pg_catalog.pg_dist_partition') is not null as is_distributed"
)
ABSENT = {"3F000", "42P01", "42883", "42703"}  # SQLSTATE: no such schema, relation, function, column


class Session:
    """One open connection, with what was read of the catalogue."""

    def __init__(self, of_few_rows: bool = False) -> None:
        self.target: Settings = settings()
        self.process = os.getpid()
        self.connection = _connect(of_few_rows)
        self.depth = 0
        self.read_at = ""
        self.version: int | None = None
        self.has_archive = self.is_distributed = False
        self.catalogs: dict[Any, Any] = {}
        _sessions.add(self)

    def begin(self) -> None:
        """Start a transaction and read the server's clock, the version of the catalogue, and how values are stored."""
        row = self.connection.begin(HEALTH_CHECK)
        self.read_at = row["read_at"].isoformat()
        self.has_archive = row["has_archive"]
        self.is_distributed = row["is_distributed"]
        version = row["version"]
        if version != self.version or version is None:
            self.catalogs.clear()
            self.version = version

    def read(self, sql: str, values: tuple[Any, ...], use_copy: bool = True) -> pa.Table:
        """Return the whole result of a query."""
        return self.connection.read(sql, values, use_copy)

    def close(self) -> None:
        """Close the connection, unless it belongs to the process that this one was forked from."""
        if self in _sessions:
            _sessions.discard(self)
            if self.process == os.getpid():
                self.connection.close()


_sessions: set[Session] = set()
_thread = threading.local()


class _Owner:
    """Keeps the session of a thread; when the thread ends, its session is closed."""

    def __init__(self, session: Session) -> None:
        self.session = session
        weakref.finalize(self, session.close)


class Reader:
    """Answers SQL with Arrow tables, all from one snapshot. The values of a call are the parameters $1, $2, …"""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __call__(self, sql: str, *values: Any) -> pa.Table:
        """Return the whole result."""
        return self._session.read(sql, values)

    @property
    def read_at(self) -> str:
        """The server's clock when the snapshot was taken, as ISO 8601 text."""
        return self._session.read_at

    @property
    def has_archive(self) -> bool:
        """Whether any month is archived, or was and is restored."""
        return self._session.has_archive

    @property
    def is_distributed(self) -> bool:
        """Whether the server is the coordinator of a Citus cluster."""
        return self._session.is_distributed

    @property
    def catalogs(self) -> dict[Any, Any]:
        """What was kept of the catalogue; emptied when the catalogue changed."""
        return self._session.catalogs


class Chunks:
    """The tables of a result in parts, never more than one of them in memory; at least one table, maybe empty.

    The server keeps the result outside of any transaction (a cursor with hold): all parts are of one snapshot, and
    nothing is locked while the caller works on them. The connection is closed after the last part.
    """

    def __init__(self, session: Session, rows: int) -> None:
        self._session, self._rows, self._read = session, rows, 0
        self._is_finished = False
        self._finalizer = weakref.finalize(self, session.close)

    def __iter__(self) -> Iterator[pa.Table]:
        return self

    def __next__(self) -> pa.Table:
        if self._is_finished:
            raise StopIteration
        first = self._read + 1
        with _errors_as_read_errors(), show_progress(f"reading from the warehouse, row {first:,} on"):
            part = self._session.read(f"fetch forward {self._rows:d} from answer", (), use_copy=False)
        self._read += part.num_rows
        if part.num_rows < self._rows:
            self.close()
            if not part.num_rows and first > 1:
                raise StopIteration
        return part

    def close(self) -> None:
        """Give up the rest."""
        self._is_finished = True
        self._finalizer()


@contextmanager
def open_reader() -> Iterator[Reader]:
    """Open a `Reader` on the snapshot of the call, or of what is open in this thread already. Raises ReadError."""
    session, call = _session_of_thread(), open_call()
    with ExitStack() as own:
        if not session.depth:
            session = (call or own).enter_context(_transaction(session))
        with _errors_as_read_errors():
            yield Reader(session)


@contextmanager
def _transaction(session: Session) -> Iterator[Session]:
    with _errors_as_read_errors(), show_progress():
        session = _begin(session)
        session.depth = 1
        try:
            yield session
            session.connection.end()
        except BaseException:
            _roll_back(session)
            raise
        finally:
            session.depth = 0


@contextmanager
def open_chunks(rows: int) -> Iterator[tuple[Reader, Callable[..., Chunks]]]:
    """Open a connection of its own; the second item makes the `Chunks` of one query. Raises ReadError."""
    require_database("This function")
    with _errors_as_read_errors(), show_progress():
        session = Session()
        is_declared = False

        def declare(sql: str, *values: Any) -> Chunks:
            nonlocal is_declared
            session.read(f"declare answer no scroll cursor with hold for {sql}", values)
            session.connection.end()
            is_declared = True
            return Chunks(session, rows)

        try:
            session.begin()
            yield Reader(session), declare
        except BaseException:
            is_declared = False
            raise
        finally:
            if not is_declared:
                session.close()


def close_sessions() -> None:
    """Close all connections of this process; the next call opens one again."""
    for session in list(_sessions):
        session.close()


def _session_of_thread() -> Session:
    require_database("This function")
    of_few_rows = has_few_rows()
    owners: dict[bool, _Owner] = vars(_thread).setdefault("owners", {})
    session = owners[of_few_rows].session if of_few_rows in owners else None
    if session is not None and session in _sessions and session.process == os.getpid():
        if session.depth or session.target == settings():
            return session
        session.close()
    with _errors_as_read_errors():
        session = Session(of_few_rows)
    owners[of_few_rows] = _Owner(session)
    return session


def _begin(session: Session) -> Session:
    """Begin a transaction; where the server went away and came back, on a new connection."""
    try:
        session.begin()
    except _database_errors() as error:
        session.close()
        if error.sqlstate in ABSENT:
            raise
        session = _session_of_thread()
        session.begin()
    return session


def _roll_back(session: Session) -> None:
    try:
        session.connection.roll_back()
    except _database_errors():
        session.close()


@contextmanager
def _errors_as_read_errors() -> Iterator[None]:
    try:
        yield
    except _database_errors() as error:
        is_distributed = any(session.is_distributed for session in list(_sessions))
        kind = TablesReplacedError if is_distributed and error.sqlstate in ABSENT else UnavailableError
        raise kind(_explain(error)) from None


def _database_errors() -> tuple[type[Any], ...]:
    """Return the errors of both kinds of connections; they have an `sqlstate`."""
    import psycopg
    from adbc_driver_postgresql import dbapi

    return dbapi.Error, psycopg.Error


def _connect(of_few_rows: bool) -> ArrowConnection | RowConnection:
    try:
        try:
            return RowConnection() if of_few_rows else ArrowConnection()
        except _database_errors() as error:
            connect(ANALYST).close()  # fails in the same way, with a message that a person can read
            raise UnavailableError(_explain(error)) from None
    except ReadError:
        raise
    except WarehouseError as error:
        raise UnavailableError(str(error)) from None


def _explain(error: Any) -> str:
    if error.sqlstate in ABSENT:
        return "The marts are not built here, or are older than this library. Build them with: warehouse build"
    reason = str(error).partition("ERROR:")[2] or str(error)
    return f"The warehouse could not answer ({one_line(reason.splitlines()[0])}). See: warehouse status"


def _leave_to_parent() -> None:
    """In a forked process: keep the parent's connections alive and untouched, since closing them would end them."""
    for session in _sessions:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(session.connection))
    _sessions.clear()


atexit.register(close_sessions)
os.register_at_fork(after_in_child=_leave_to_parent)
