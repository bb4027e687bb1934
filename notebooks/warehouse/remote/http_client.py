"""Call the read functions of a warehouse's HTTP service, and make the same answers of what it sends."""

import io
import ipaddress
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import pyarrow as pa

from loaders.messages import one_line
from warehouse.answers.info import METADATA_KEY, answer_info, newest_loads
from warehouse.answers.plotting import use_for_pandas
from warehouse.answers.read_warnings import warn_about
from warehouse.errors import ReadError, UnavailableError
from warehouse.progress import show_progress
from warehouse.remote.http_events import ServiceListener
from warehouse.remote.wire_format import encode_arguments
from warehouse.shaping.column_order import time_first
from warehouse.shaping.resampling import count_incomplete
from warehouse.shaping.wide import parse_levels, wide_frame, widen

ARROW = "application/vnd.apache.arrow.stream"
BASE = "/api/v1"
CONNECT_SECONDS = 10.0
READ_SECONDS = 900.0  # the service's own limits end a query before
WAITS = 4  # for a service that asks to come back later
LONGEST_WAIT_SECONDS = 15.0


class ServiceClient:
    """The HTTP service of a warehouse, with the key of the caller. Threads may share it."""

    def __init__(self, url: str, key: str | None) -> None:
        self.url = _checked_address(url, key)
        self._headers = {"Content-Type": "application/json"} | (
            {} if key is None else {"Authorization": f"Bearer {key}"}
        )
        self._pool: httpx.Client | None = None
        self._process = 0

    def check(self) -> None:
        """Call the service once. Raises ReadError where it cannot be reached, or denies the key."""
        with self.send("GET", f"{BASE}/read/", accept="application/json"):
            pass

    def answer(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """Return the answer of a read function, in the form `into`; with chunks an iterator. Raises ReadError."""
        levels = parse_levels(arguments.get("wide"), arguments.get("limit"), arguments.get("chunks"))
        sent = {name: value for name, value in arguments.items() if name != "wide"}  # the columns are made here
        if arguments.get("chunks") is None:
            return _present(self._read(name, sent), arguments, levels)
        parts = self._parts(name, sent)
        first = next(parts)  # so that an argument that is not valid is reported at once
        return _chain(first, parts, arguments)

    def table(self, name: str, arguments: Mapping[str, Any]) -> pa.Table:
        """Return the table of a function, as the service made it. Raises ReadError."""
        return self._read(name, arguments)

    def listener(self) -> ServiceListener:
        """Return what waits for changes of the marts."""
        return ServiceListener(self)

    @contextmanager
    def send(
        self, method: str, path: str, accept: str = ARROW, seconds: float = READ_SECONDS, **request: Any
    ) -> Iterator[httpx.Response]:
        """Yield a good response, whose body is to be read. Raises ReadError."""
        timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
        headers = self._headers | {"Accept": accept}
        with self._errors_as_read_errors():
            for attempt in range(WAITS + 1):
                response = self._start(method, path, headers=headers, timeout=timeout, **request)
                if response.status_code != httpx.codes.TOO_MANY_REQUESTS or attempt == WAITS:
                    break
                response.close()
                time.sleep(_seconds_to_wait(response))
            try:
                if response.status_code != httpx.codes.OK:
                    response.read()
                    raise _problem(response, self.url)
                yield response
            finally:
                response.close()

    def _start(self, method: str, path: str, timeout: httpx.Timeout, **request: Any) -> httpx.Response:
        pool = self._open_pool()
        message = pool.build_request(method, path, timeout=timeout, **request)
        try:
            return pool.send(message, stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            # The service closed a connection that was kept open. Reading twice changes nothing.
            return pool.send(pool.build_request(method, path, timeout=timeout, **request), stream=True)

    def _open_pool(self) -> httpx.Client:
        if self._pool is None or self._process != os.getpid():  # a forked process must not use its parent's connections
            # A proxy of the environment is not for addresses on this machine.
            self._pool = httpx.Client(base_url=self.url, trust_env=not _is_loopback(httpx.URL(self.url).host))
            self._process = os.getpid()
        return self._pool

    def _read(self, name: str, arguments: Mapping[str, Any]) -> pa.Table:
        batches = []
        with show_progress(), self._call(name, arguments) as reader:
            batches.extend(reader)
            return pa.Table.from_batches(batches, reader.schema).unify_dictionaries()

    def _parts(self, name: str, arguments: Mapping[str, Any]) -> Iterator[pa.Table]:
        with self._call(name, arguments) as reader:
            for batch in reader:
                yield pa.Table.from_batches([batch], reader.schema)

    @contextmanager
    def _call(self, name: str, arguments: Mapping[str, Any]) -> Iterator[pa.RecordBatchReader]:
        content = json.dumps(encode_arguments(arguments))
        with (
            self.send("POST", f"{BASE}/read/{name}", content=content) as response,
            pa.ipc.open_stream(pa.PythonFile(io.BufferedReader(_Body(response)), mode="r")) as reader,
        ):
            yield reader

    @contextmanager
    def _errors_as_read_errors(self) -> Iterator[None]:
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise UnavailableError(
                f"The service at {self.url} cannot be reached ({one_line(error)}). Check the address, and that it runs."
            ) from None
        except (httpx.TransportError, pa.ArrowException) as error:
            raise UnavailableError(
                f"The answer of the service at {self.url} broke off ({one_line(error)}). Try again, or read less."
            ) from None


class _Body(io.RawIOBase):
    """The body of a response as a file."""

    def __init__(self, response: httpx.Response) -> None:
        self._parts = response.iter_bytes()
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._rest = memoryview(part)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _chain(first: pa.Table, parts: Iterator[pa.Table], arguments: Mapping[str, Any]) -> Iterator[Any]:
    yield _present(first, arguments)
    for table in parts:
        yield _present(table, arguments)


def _present(table: pa.Table, arguments: Mapping[str, Any], levels: tuple[str, ...] = ()) -> Any:
    """Return a table of the service in the form that was requested, with what it says about itself."""
    attrs = json.loads((table.schema.metadata or {})[METADATA_KEY.encode()])
    sent = attrs["requested"]
    attrs["requested"] = {name: str(arguments[name]) for name in sent if arguments.get(name) is not None}
    attrs["rows"] = table.num_rows
    table = time_first(table)
    if "load_id" in table.column_names:
        loads, attrs["load_count"] = newest_loads(table)
        attrs["loads"] = list(loads)
    if "incomplete" in attrs:
        attrs["incomplete"] = count_incomplete(table)
    warn_about(answer_info(table.replace_schema_metadata({METADATA_KEY: json.dumps(attrs)})))
    if levels:
        table, attrs["units"] = widen(table, levels)
        attrs["rows"] = table.num_rows
        attrs["requested"]["wide"] = str(arguments["wide"])
    if arguments["into"] == "arrow":
        return table.replace_schema_metadata({METADATA_KEY: json.dumps(attrs)})
    if arguments["into"] == "polars":
        import polars

        return polars.from_arrow(table)
    frame = wide_frame(table) if levels else table.to_pandas(date_as_object=False)
    frame.attrs = attrs
    use_for_pandas()
    return frame


def _problem(response: httpx.Response, url: str) -> ReadError:
    """Return the error that the service reports, of the class that the same call raises without HTTP."""
    try:
        problem = response.json()
        detail, kind = str(problem["detail"]), problem.get("error")
    except (ValueError, KeyError, TypeError, AttributeError):
        return UnavailableError(
            f"{url} does not answer as the service of a warehouse ({response.status_code}). Check the address."
        )
    if kind is not None:
        return UnavailableError(detail) if kind == UnavailableError.__name__ else ReadError(detail)
    if response.status_code == httpx.codes.NOT_FOUND:
        return ReadError(f"The service at {url} is older than this library. Update it, or use its version here.")
    return ReadError(detail) if response.status_code < httpx.codes.INTERNAL_SERVER_ERROR else UnavailableError(detail)


def _seconds_to_wait(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "1")
    return min(float(text) if text.isdigit() else 1.0, LONGEST_WAIT_SECONDS)


def _checked_address(url: str, key: str | None) -> str:
    """Return the address without a slash at its end and without the path of the API. Raises ReadError."""
    try:
        parsed = httpx.URL(url.strip())
    except (httpx.InvalidURL, AttributeError):
        parsed = httpx.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo or parsed.query or parsed.fragment:
        raise ReadError("The address of the service is not valid. Write it like https://warehouse.example.org.")
    if key is not None and parsed.scheme == "http" and not _is_loopback(parsed.host):
        raise ReadError("A key is not sent without encryption. Use the https address of the service.")
    return str(parsed).rstrip("/").removesuffix(BASE).rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
