"""Files and frames into the warehouse: each is one load, stored, gated, and only then accepted."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psycopg
import pyarrow as pa

from loaders.database.connection import connect
from loaders.database.retry import retrying
from loaders.errors import LoadError, UsageError, WarehouseError
from loaders.files import hash_file
from loaders.formats import ReadOptions, Source, source_named
from loaders.gates import Verdict, alert_held, gate_loads, pending_loads
from loaders.ingest.content_hash import hash_rows
from loaders.ingest.series_matching import Defaults
from loaders.ingest.storage.store import Delivery, LoadResult, append

log = logging.getLogger(__name__)
BASES = ("published", "observed", "inferred")


@dataclass(frozen=True)
class IngestOptions:
    """How files are to be taken in. See loaders.ingest.storage.store.Delivery for max_rejects.

    collected_at_basis: published, observed or inferred; None for what the format and the options make of it.
    who, why: what the ledger says of the arrival; None is the connected user.
    """

    format: str
    read: ReadOptions = field(default_factory=ReadOptions)
    create_missing: bool = False
    grid_time_zone: str | None = None
    max_rejects: float | int = 0.1
    dry_run: bool = False
    collected_at_basis: str | None = None
    who: str | None = None
    why: str = "stored"

    def __post_init__(self) -> None:
        if self.collected_at_basis not in (None, *BASES):
            raise UsageError(f"There is no basis {self.collected_at_basis!r}; choose one of {', '.join(BASES)}.")


@dataclass(frozen=True)
class Ingested:
    """What became of one file: a result and the gate's verdict, or an error in one sentence."""

    name: str
    seconds: float
    result: LoadResult | None = None
    verdict: Verdict | None = None
    error: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the file was not loaded, or what it held waits behind a gate."""
        return self.error is not None or (self.verdict is not None and not self.verdict.passed)


def ingest_files(
    paths: Iterable[Path],
    options: IngestOptions,
    jobs: int = 1,
    progress: Callable[[int], None] = lambda rows: None,
    done: Callable[[Ingested], None] = lambda ingested: None,
) -> list[Ingested]:
    """Load each file; one that fails does not stop the others. Results in the order of the paths.

    progress: called with rows read since the last call, from any of `jobs` threads; done: called as each file ends.
    """
    source = source_named(options.format)
    if not options.dry_run:
        retrying(judge_leftovers)
    stopped = threading.Event()

    def advance(rows: int) -> None:
        if stopped.is_set():
            raise LoadError("Interrupted; nothing of this file was stored.")
        progress(rows)

    def one(path: Path) -> Ingested:
        begun = time.monotonic()
        try:
            result, verdict = ingest_file(path, source, options, advance)
            ingested = Ingested(_legible(path), time.monotonic() - begun, result, verdict)
        except Exception as error:
            ingested = Ingested(_legible(path), time.monotonic() - begun, error=_legible(_explain(path, error)))
        done(ingested)
        return ingested

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        try:
            return list(pool.map(one, paths))
        except BaseException:
            stopped.set()  # Ctrl-C: files under way are given up, where the pool would wait for them to be loaded
            raise


def judge_leftovers() -> list[Verdict]:
    """Gate the loads that a process stored but did not live to judge."""
    with connect() as connection:
        return gate_loads(connection, pending_loads(connection))


def ingest_file(
    path: Path, source: Source, options: IngestOptions, progress: Callable[[int], None] = lambda rows: None
) -> tuple[LoadResult, Verdict | None]:
    """Load one file. Raises LoadError or another WarehouseError; nothing of the file is stored then."""
    content_hash = hash_file(path, source.identity(path, options.read))

    def batches() -> Iterator[pa.Table]:
        yield from source.read(path, options.read)
        if hash_file(path, source.identity(path, options.read)) != content_hash:
            raise LoadError(
                f"{path}: changed while it was read; nothing was stored. Ingest it again when it is complete."
            )

    return _store(source, options, _legible(path), content_hash, batches, progress)


def ingest_table(
    table: pa.Table, name: str, options: IngestOptions, progress: Callable[[int], None] = lambda rows: None
) -> tuple[LoadResult, Verdict | None]:
    """Load a table in the columns of options.format, with `name` as its uri. Same errors as ingest_file."""
    source = source_named(options.format)
    batches = list(source.read_frame(table, name, options.read))
    # The options are in the rows already, apart from what a null stands for.
    content_hash = hash_rows(batches, f"{source.source(options.read)} {source.default_resolution}")
    return _store(source, options, name, content_hash, lambda: batches, progress)


def _store(
    source: Source,
    options: IngestOptions,
    uri: str,
    content_hash: str,
    batches: Callable[[], Iterable[pa.Table]],
    progress: Callable[[int], None],
) -> tuple[LoadResult, Verdict | None]:
    started_at = datetime.now(UTC)
    defaults = Defaults(
        source=source.source(options.read),
        resolution=source.default_resolution,
        create_missing=options.create_missing,
        time_zone=lambda grid: source.time_zone_of(grid) or options.grid_time_zone or _assumed_zone(grid),
    )

    def attempt() -> tuple[LoadResult, Verdict | None]:
        delivery = Delivery(
            batches(),
            defaults.source,
            source.name,
            uri,
            content_hash,
            options.collected_at_basis or source.basis(options.read),
            started_at,
            defaults,
            options.max_rejects,
            options.who,
            options.why,
        )
        with connect() as connection:
            result = append(connection, delivery, partial(connect, autocommit=True), progress, options.dry_run)
            verdicts = gate_loads(connection, [result.load_id]) if result.status == "pending" else []
            return _as_it_stands(connection, result, verdicts), next(iter(verdicts), None)

    try:
        result, verdict = retrying(attempt)
        if verdict is not None:
            alert_held(verdict, uri)
        return result, verdict
    except psycopg.errors.DiskFull as error:
        raise LoadError(
            f"{uri}: the server's disk is full; nothing was stored. Make room and ingest it again."
        ) from error
    except psycopg.Error as error:
        # The connection may have been lost at the commit itself, so whether the load is there is not known here.
        raise LoadError(
            f"{uri}: the database failed ({_first_line(error)}); the file is stored wholly or not at all."
            " Ingest it again: what is there is not stored twice."
        ) from error


def _as_it_stands(connection: psycopg.Connection, result: LoadResult, verdicts: list[Verdict]) -> LoadResult:
    """The result with the status that the gate gave."""
    if not verdicts:
        return result
    status = connection.execute("select status from raw.loads where load_id = %s", [result.load_id]).fetchone()[0]
    return LoadResult(**{**vars(result), "status": status})


def _assumed_zone(grid: str) -> str:
    log.warning("Grid %s was not known; registered with time zone UTC. Name its zone with --grid-time-zone.", grid)
    return "UTC"


def _explain(path: Path, error: Exception) -> str:
    if isinstance(error, WarehouseError):
        return str(error)
    log.debug("%s failed", path, exc_info=error)
    said = " ".join(str(error).split())[:500].rstrip(".")
    return f"{path}: unexpected {type(error).__name__} ({said}); nothing was stored. Use --verbose to see where."


def _legible(text: object) -> str:
    """Names of files can hold bytes that are no UTF-8, which neither the database nor the terminal takes."""
    return str(text).encode(errors="backslashreplace").decode()


def _first_line(error: psycopg.Error) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
