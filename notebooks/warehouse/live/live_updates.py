"""Follow a range: its newest values now, and again after each build that changed them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import pyarrow as pa

from warehouse.connection import connected_service, table_over_http
from warehouse.entities import read_catalog
from warehouse.errors import ReadError, UnavailableError
from warehouse.live.mart_changes import MartListener, newest_change, read_changes
from warehouse.measures import latest
from warehouse.requests.arguments import Form, Name
from warehouse.requests.calls import read_request
from warehouse.requests.times import TimestampLike
from warehouse.session import open_reader

AWAY_SECONDS = 1.0
FindChanges: TypeAlias = Callable[[int | None], tuple[int, bool]]


def follow(
    start: TimestampLike = None,
    end: TimestampLike = None,
    *,
    grid: Name = None,
    region: Name = None,
    node: Name = None,
    metric: Name = None,
    source: Name = None,
    resolution: Name = None,
    flagged: bool | None = None,
    local: bool = False,
    limit: int | None = None,
    into: Form = "pandas",
    timeout: float | None = None,
) -> Iterator[Any]:
    """Yield the newest values of a range now, and again after each build that changed a value or a flag of it.

    The builds wake it; it does not poll. While the server is away it waits, and then continues with what changed
    meanwhile. Leave the loop, or call `close()`, to end it. A frame can equal the one before, where a build changed
    earlier revisions only.

    Example:
        >>> [len(frame) for frame in wh.follow("2026-04-01", "2026-04-02", grid="Grid1", metric="power", timeout=0.1)]
        [216]

    Returns:
        An iterator of answers of `latest`.

    Args:
        start: The first interval_start. A day is local to the grid, a time without an offset is UTC; None is open.
            Words such as "now-7d" are taken at each reading.
        end: The end of the range, which is not included; as start.
        grid: A name, an integer id, or a list of these.
        region: As grid. It means the region that a node was in when the interval began, as in `latest`.
        node: As grid.
        metric: A name, or a list of names.
        source: A name, or a list of names.
        resolution: A resolution, such as "PT15M", or a list of them.
        flagged: As in `latest`.
        local: Add interval_start_local, in the time zone of the grid. All rows must be in one zone.
        limit: Return at most this number of rows.
        into: "pandas", "polars" or "arrow".
        timeout: End after that many seconds without a change. None: never.

    Raises:
        ReadError: A name is unknown, an argument is not valid, or the warehouse is not running or not built.
    """
    if timeout is not None and not timeout >= 0:
        raise ReadError(f"timeout={timeout!r} is not a time in seconds. Enter a number from 0, or leave it out.")
    names = {"grid": grid, "region": region, "node": node, "metric": metric, "source": source}
    options: dict[str, Any] = {
        **names,
        "resolution": resolution,
        "flagged": flagged,
        "local": local,
        "limit": limit,
        "into": into,
    }

    def find_changes(since: int | None) -> tuple[int, bool]:
        [found] = changes_in_range(since, start, end, **options).to_pylist()
        return found["number"], found["is_changed"]

    def read() -> tuple[int, Any]:
        with _one_snapshot():
            number, _ = find_changes(None)  # first, so that over HTTP no change is missed
            return number, latest(start, end, **options)

    find_changes(None)
    return _frames(read, find_changes, timeout)


@table_over_http
def changes_in_range(
    since: int | None, start: TimestampLike = None, end: TimestampLike = None, **options: Any
) -> pa.Table:
    """Return the number of the newest change, and whether there were some after `since` in a range. Raises ReadError.

    options: those of `latest`.
    """
    request = read_request("follow", start=start, end=end, regions="then", **options)
    with open_reader() as read:
        selected = read_catalog(read, request.columns).select(request.names)
        if since is None:
            return _found(newest_change(read), False)
        number, changes = read_changes(read, int(since), selected.ids, *request.range)
    return _found(number, bool(changes))


def _found(number: int, is_changed: bool) -> pa.Table:
    return pa.table({"number": [number], "is_changed": [is_changed]})


@contextmanager
def _one_snapshot() -> Iterator[None]:
    if connected_service() is not None:
        yield
        return
    with open_reader():
        yield


def _frames(read: Callable[[], tuple[int, Any]], find_changes: FindChanges, timeout: float | None) -> Iterator[Any]:
    service = connected_service()
    with MartListener() if service is None else service.listener() as listener:
        position, frame = read()
        yield frame
        deadline = _deadline(timeout)
        while listener.wait(None if deadline is None else deadline - time.monotonic()):
            try:
                position, is_changed = find_changes(position)
                if not is_changed:
                    continue
                position, frame = read()
            except UnavailableError:
                time.sleep(AWAY_SECONDS)
                listener.close()  # the next wait returns when there is a connection again
                continue
            yield frame
            deadline = _deadline(timeout)


def _deadline(timeout: float | None) -> float | None:
    return None if timeout is None else time.monotonic() + timeout
