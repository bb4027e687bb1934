"""Where this process reads from: the database, or the HTTP service of a warehouse.

The read functions are the same in both cases. Over HTTP a function is called on the service, which sends its Arrow
table; the frame is made here, by the same conversion.
"""

import inspect
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from loaders.errors import WarehouseError
from loaders.settings import settings
from warehouse.errors import ReadError, TablesReplacedError, UnavailableError
from warehouse.requests.signatures import readable

if TYPE_CHECKING:
    from warehouse.remote.http_client import ServiceClient

Function = TypeVar("Function", bound=Callable[..., Any])

SECONDS_BEFORE_READING_AGAIN = (0.05, 0.5)  # while the tables of a full refresh take the place of the old ones
FEW_ROWS = 10_000  # From here on, the Python object of each value takes longer than the round trips that are saved.

# The service itself reads from the database, whatever the process is connected to.
_reads_database: ContextVar[bool] = ContextVar("reads_database", default=False)
_lock = threading.Lock()
_thread = threading.local()


class _Choice:
    """What `connect` selected. is_made: whether it was called; without it the settings count."""

    is_made = False
    service: "ServiceClient | None" = None


def connect(url: str | None, key: str | None = None) -> None:
    """Read over HTTP from now on, in this process: the same functions with the same answers.

    The environment variables WAREHOUSE_URL and WAREHOUSE_API_KEY do the same without a call.

    Args:
        url: Address of the service, such as "https://warehouse.example.org". None: read from the database again.
        key: A key of the service: `warehouse keys create NAME --role analyst`. A service on this machine may need none.

    Raises:
        ReadError: The address or the key is not valid, or the service cannot be reached. Nothing is changed then.

    Example:
        >>> wh.connect(None) is None
        True
    """
    service = None
    if url is not None:
        service = _client(url, key)
        service.check()
    elif key is not None:
        raise ReadError("A key needs the address of its service. Enter both.")
    with _lock:
        _Choice.is_made, _Choice.service = True, service


def connected_service() -> "ServiceClient | None":
    """Return the service that this process reads from, or None for the database. Raises ReadError."""
    if _reads_database.get():
        return None
    if _Choice.is_made:
        return _Choice.service
    try:
        own = settings()
    except WarehouseError as error:
        raise ReadError(str(error)) from None
    return None if own.url is None else _client(own.url, own.api_key.get_secret_value() if own.api_key else None)


@contextmanager
def database_only() -> Iterator[None]:
    """Read from the database inside, whatever the process is connected to."""
    token = _reads_database.set(True)
    try:
        yield
    finally:
        _reads_database.reset(token)


def is_service() -> bool:
    """Return whether this is the service, which reads for its clients."""
    return _reads_database.get()


def require_database(what: str) -> None:
    """Raise ReadError where this process reads over HTTP. what: names what needs the database, as a sentence start."""
    service = connected_service()
    if service is not None:
        raise ReadError(f"{what} needs the database, and this process reads from {service.url}. Use wh.connect(None).")


@contextmanager
def one_transaction(of_few_rows: bool = False, most_rows: int | None = None) -> Iterator[None]:
    """Let all that is read inside, in this thread, be read in one transaction, which the first read begins.

    of_few_rows: use the connection that is faster for few rows, and reads only some types. most_rows: raise NotFewRows
    for an answer of more rows, before the rest of them is read.
    """
    if open_call() is not None:
        yield
        return
    with ExitStack() as stack:
        _thread.call, _thread.has_few_rows, _thread.most_rows = stack, of_few_rows, most_rows
        try:
            yield
        finally:
            _thread.call, _thread.has_few_rows, _thread.most_rows = None, False, None


def open_call() -> ExitStack | None:
    """Return what ends with the current call of this thread, if there is one."""
    stack: ExitStack | None = getattr(_thread, "call", None)
    return stack


def has_few_rows() -> bool:
    """Return whether the current call of this thread is one of few rows."""
    return getattr(_thread, "has_few_rows", False)


def most_rows() -> int | None:
    """Return the most rows that the answer of the current call of this thread may have; None for any number."""
    return getattr(_thread, "most_rows", None)


class NotFewRows(Exception):
    """Raised for an answer that the connection of few rows does not read, or should not. Nothing of it was returned."""


def answer_over_http(function: Function, has_few: Callable[[dict[str, Any]], bool] = lambda _: False) -> Function:
    """Let a function that returns an answer, in the form `into` or in chunks, be called on the service.

    has_few: whether the answer to a call with these arguments may have few rows. One that has more is read again.
    """
    signature = inspect.signature(function)

    def may_have_few(positional: tuple[Any, ...], named: dict[str, Any]) -> bool:
        try:
            return has_few(_arguments(signature, positional, named))
        except TypeError:  # of wrong arguments, which the function itself raises with its name
            return False

    def read(*positional: Any, **named: Any) -> Any:
        if may_have_few(positional, named):
            with suppress(NotFewRows), one_transaction(of_few_rows=True, most_rows=FEW_ROWS):
                return function(*positional, **named)
        with one_transaction():
            return function(*positional, **named)

    def read_again_if_replaced(*positional: Any, **named: Any) -> Any:
        for pause in SECONDS_BEFORE_READING_AGAIN:
            with suppress(TablesReplacedError):
                return read(*positional, **named)
            time.sleep(pause)
        try:
            return read(*positional, **named)
        except TablesReplacedError as error:
            raise UnavailableError(str(error)) from None

    @wraps(function)
    def call(*positional: Any, **named: Any) -> Any:
        service = connected_service()
        if service is None and open_call() is not None:
            return function(*positional, **named)
        if service is None:
            return read_again_if_replaced(*positional, **named)
        return service.answer(function.__name__, _arguments(signature, positional, named))

    call.__signature__ = readable(function)  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]


def table_over_http(function: Function) -> Function:
    """Let a function that returns a small Arrow table be called on the service."""
    signature = inspect.signature(function)

    @wraps(function)
    def call(*positional: Any, **named: Any) -> Any:
        service = connected_service()
        if service is None:
            return function(*positional, **named)
        return service.table(function.__name__, _arguments(signature, positional, named))

    return call  # type: ignore[return-value]


def _arguments(signature: inspect.Signature, positional: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """Return all arguments of a call by name, those of `**options` too."""
    bound = signature.bind(*positional, **named)
    bound.apply_defaults()
    arguments: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        is_further = signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD
        arguments.update(value if is_further else {name: value})
    return arguments


@lru_cache(maxsize=8)
def _client(url: str, key: str | None) -> "ServiceClient":
    from warehouse.remote.http_client import ServiceClient  # only who reads over HTTP loads it

    return ServiceClient(url, key)
