"""Load files and tables: each is one load, stored, gated, and only then accepted."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psycopg
import pyarrow as pa

from loaders.database.connection import connect
from loaders.database.retry import retry_transient
from loaders.errors import LoadError, RegistryError, WarehouseError
from loaders.files import hash_file
from loaders.formats import FileFormat, Recognition, format_named
from loaders.gates import GateVerdict, alert_held, gate_loads, pending_loads
from loaders.ingest.content_hash import hash_rows
from loaders.ingest.gate_queue import GateQueue
from loaders.ingest.kept_connections import KeptConnections, borrow_connection
from loaders.ingest.options import IngestOptions, IngestResult
from loaders.ingest.recognition import recogniser
from loaders.ingest.shown_resolutions import DeliveryDefaults
from loaders.ingest.storage.store import Delivery, LoadResult, store_delivery
from loaders.messages import one_line
from loaders.notices import collect_notices, notify

log = logging.getLogger(__name__)
__all__ = ["IngestOptions", "IngestResult", "gate_pending_loads", "ingest_file", "ingest_files", "ingest_table"]


def ingest_files(
    paths: Iterable[Path],
    options: IngestOptions,
    jobs: int = 1,
    progress: Callable[[int], None] | None = None,
    done: Callable[[IngestResult], None] | None = None,
) -> list[IngestResult]:
    """Load files, each completely or not at all. A file that fails does not stop the others.

    Args:
        paths: Files; each becomes one load.
        options: Format and options, the same for all files.
        jobs: How many files to load at a time.
        progress: Called with the rows read since the last call, from any of the threads.
        done: Called with the result of each file as it ends.

    Returns:
        One result per path, in the order of the paths.

    Raises:
        UsageError: The format is unknown or cannot use an option.

    Examples:
        >>> from pathlib import Path
        >>> import loaders
        >>> options = loaders.IngestOptions(format="long", create_missing=True, grid_time_zone="Europe/Berlin")
        >>> [outcome] = loaders.ingest_files([Path("load.csv")], options)
        >>> outcome.result.status, outcome.result.rows_inserted
        ('accepted', 2)
    """
    recognise = recogniser(options)
    if not options.dry_run:
        retry_transient(gate_pending_loads)
    files = list(paths)
    results: list[IngestResult | None] = [None] * len(files)
    stopped = threading.Event()

    def advance(rows: int) -> None:
        if stopped.is_set():
            raise LoadError("Interrupted. Nothing of this file was stored.")
        if progress:
            progress(rows)

    def report(position: int, result: IngestResult) -> None:
        results[position] = result
        if done:
            done(result)

    queue = GateQueue(_gate, report)
    positions, connections = iter(range(len(files))), KeptConnections()

    def work() -> None:
        with connections.keep():
            for position in positions:
                if stopped.is_set():
                    return
                _load_one(files[position], position, recognise, options, advance, queue)

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        try:
            # Ctrl-C may come while the threads are started, too.
            for worker in [pool.submit(work) for _ in range(jobs)]:
                worker.result()
        except BaseException:
            # After Ctrl-C, files in progress are abandoned, also where the database works on them or waits for a lock.
            stopped.set()
            connections.cancel_until_done()
            raise
    queue.flush()
    return [result for result in results if result is not None]


def _load_one(
    path: Path,
    position: int,
    recognise: Callable[[Path], Recognition],
    options: IngestOptions,
    progress: Callable[[int], None],
    queue: GateQueue,
) -> None:
    started = time.monotonic()
    try:
        load = _store_file(path, recognise(path), options, progress)
        queue.add(position, _legible(path), started, load)
    except Exception as error:
        message = _legible(_explain(path, error))
        queue.report(position, IngestResult(_legible(path), time.monotonic() - started, error=message))


def _gate(loads: Sequence[tuple[str, LoadResult]]) -> list[tuple[LoadResult, GateVerdict | None]]:
    """Gate stored loads (uri, result), all in one transaction; return them with their status and the verdict."""
    ids = [result.load_id for _, result in loads if result.load_id is not None]

    def attempt() -> list[tuple[LoadResult, GateVerdict | None]]:
        with borrow_connection() as connection:
            verdicts = {verdict.load_id: verdict for verdict in gate_loads(connection, ids)}
            query = "select load_id, status from raw.loads where load_id = any(%s)"
            statuses = dict(connection.execute(query, [ids]).fetchall())
            return [
                (replace(result, status=statuses[result.load_id]), verdicts.get(result.load_id))
                for _, result in loads
                if result.load_id is not None
            ]

    gated = retry_transient(attempt)
    for (uri, _), (_, verdict) in zip(loads, gated, strict=True):
        if verdict is not None:
            alert_held(verdict, uri)
    return gated


def gate_pending_loads() -> list[GateVerdict]:
    """Gate the loads that an ended process stored but did not gate."""
    with connect() as connection:
        return gate_loads(connection, pending_loads(connection))


def ingest_file(
    path: Path,
    source: FileFormat,
    options: IngestOptions,
    progress: Callable[[int], None] = lambda rows: None,
    uri: str | None = None,
) -> tuple[LoadResult, GateVerdict | None]:
    """Load one file. Raises LoadError or another WarehouseError; nothing of the file is stored then.

    uri: for the ledger, where the file is a temporary copy; None is its path.
    """
    uri = uri or _legible(path)
    return _gated(_store_file(path, Recognition(source, ""), options, progress, uri), uri)


def _gated(result: LoadResult, uri: str) -> tuple[LoadResult, GateVerdict | None]:
    return _gate([(uri, result)])[0] if result.load_id and result.status == "pending" else (result, None)


def _store_file(
    path: Path,
    recognition: Recognition,
    options: IngestOptions,
    progress: Callable[[int], None],
    uri: str | None = None,
) -> LoadResult:
    source = recognition.file_format
    content_hash = hash_file(path, source.identity(path, options.read))

    def batches() -> Iterator[pa.Table]:
        if recognition.why and source.name != "long":
            notify(path, f"format {source.name} ({recognition.why})")
        yield from source.read(path, options.read)
        if hash_file(path, source.identity(path, options.read)) != content_hash:
            raise LoadError(
                f"{path}: the file changed while it was read. Nothing was stored. Ingest it again when it is complete."
            )

    return _store(source, options, uri or _legible(path), content_hash, batches, progress)


def ingest_table(
    table: pa.Table, name: str, options: IngestOptions, progress: Callable[[int], None] = lambda rows: None
) -> tuple[LoadResult, GateVerdict | None]:
    """Load a table in the columns of options.format, with `name` as its uri. Same errors as ingest_file."""
    source = format_named(options.format)
    with collect_notices() as notices:
        batches = list(source.read_frame(table, name, options.read))
    # The options are in the rows already, apart from the source and resolution of rows without one.
    content_hash = hash_rows(batches, f"{source.source(options.read)} {source.default_resolution}")

    def read_again() -> Iterator[pa.Table]:
        for text in notices:
            notify(Path(name), text)
        yield from batches

    return _gated(_store(source, options, name, content_hash, read_again, progress), name)


def _store(
    source: FileFormat,
    options: IngestOptions,
    uri: str,
    content_hash: str,
    batches: Callable[[], Iterable[pa.Table]],
    progress: Callable[[int], None],
) -> LoadResult:
    started_at = datetime.now(UTC)
    defaults = DeliveryDefaults(
        source=source.source(options.read),
        resolution=source.default_resolution,
        create_missing=options.create_missing,
        time_zone=partial(_grid_zone, source=source, stated=options.grid_time_zone),
        stated_time_zone=options.grid_time_zone,
        calendar_zone=source.calendar_zone or (options.read.time_zone if options.read.time_zone != "UTC" else None),
        dry_run=options.dry_run,
        is_resolution_assumed=not source.is_resolution_fixed,
    )

    def attempt() -> LoadResult:
        with collect_notices() as notices:
            return store(notices)

    def store(notices: Mapping[str, None]) -> LoadResult:
        delivery = Delivery(
            batches=batches(),
            read_again=batches,
            source=defaults.source,
            format=source.name,
            uri=uri,
            content_hash=content_hash,
            collected_at_basis=options.collected_at_basis or source.collected_at_basis(options.read),
            started_at=started_at,
            defaults=defaults,
            max_rejects=options.max_rejects,
            notices=notices,
            who=options.who,
            why=options.why,
        )
        with borrow_connection() as connection:
            open_second = partial(connect, autocommit=True)
            return store_delivery(connection, delivery, open_second, progress, options.dry_run)

    try:
        return retry_transient(attempt)
    except (LoadError, RegistryError) as error:
        if uri not in str(error):
            error.args = (f"{uri}: {error}",)
        raise
    except psycopg.errors.DiskFull as error:
        raise LoadError(
            f"{uri}: the server's disk is full. Nothing was stored. Free some space and ingest it again."
        ) from error
    except psycopg.Error as error:
        # The connection may have been lost during the commit, so it is unknown whether the load is stored.
        raise LoadError(
            f"{uri}: the database failed ({one_line(error) or type(error).__name__}). The file is stored completely or"
            " not at all. Ingest it again: content that is stored is not stored twice."
        ) from error


def _grid_zone(grid: str, source: FileFormat, stated: str | None) -> str:
    """Return the zone of a grid that is to be registered. Raises LoadError where the format knows another one."""
    known = source.time_zone_of(grid)
    if known and stated and known != stated:
        raise LoadError(f"Grid {grid} is in {known} by the format {source.name}, not in {stated}. Remove the option.")
    if not (known or stated):
        notify(f"grid {grid}", "is new and gets the time zone UTC. Set its zone with --grid-time-zone")
    return known or stated or "UTC"


def _explain(path: Path, error: Exception) -> str:
    if isinstance(error, WarehouseError):
        return str(error)
    log.debug("%s failed", path, exc_info=error)
    return (
        f"{path}: unexpected {type(error).__name__} ({one_line(error)}). Nothing was stored. Use --verbose for details."
    )


def _legible(text: object) -> str:
    """Escape bytes of file names that are not UTF-8: neither the database nor the terminal accepts them."""
    return str(text).encode(errors="backslashreplace").decode()
