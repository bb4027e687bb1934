"""Load the files of a folder as they arrive, and show them in the marts at once."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from loaders import embedded_server
from loaders.database.connection import connect, uses_embedded_server
from loaders.database.logins import TRANSFORMER
from loaders.dbt_runner import build, run_dbt
from loaders.errors import BuildError, UsageError, WarehouseError
from loaders.gates import GateVerdict
from loaders.gates.outputs.webhook import alert_when_build_fails
from loaders.ingest.options import IngestOptions, IngestResult
from loaders.ingest.pipeline import gate_pending_loads, ingest_files
from loaders.messages import one_line
from loaders.operations.arriving_files import ArrivingFiles, State
from loaders.operations.known_files import new_files
from loaders.operations.run_lock import turn_to_run

log = logging.getLogger(__name__)

TICK_MILLISECONDS = 200  # how often files that are being written are looked at
SCAN_SECONDS = 60.0  # a network file system may not report what other machines write
QUIET_SECONDS = 300.0  # without new files, after which everything is built and tested once
RETRY_SECONDS = 5.0
MOST_SECONDS_TO_RETRY = 300.0
TURN_SECONDS = 0.5  # how often to look whether another run has ended
MOST_SECONDS_BEHIND = 60.0  # while files of a large folder are loaded
PATIENCE_SECONDS = 5.0  # after which the log says that another run is in the way
MARTS_EXIST = "select to_regclass('marts.warehouse_stats') is not null"
# In dbt_project/selectors.yml. The whole build, with its tests, follows when it is quiet.
PUBLISH = ("run", "--selector", "what_a_load_changes", "--no-write-json")


@dataclass
class FolderWatch:
    """When to load what arrived, and when to build.

    pattern: which files of the folder. report: called with the result of each file as it ends.
    """

    folder: Path
    pattern: str
    options: IngestOptions
    jobs: int = 1
    report: Callable[[IngestResult], None] = lambda result: None
    _files: ArrivingFiles = field(init=False)
    _next_try: float = 0.0
    _next_scan: float = 0.0
    _quiet_since: float | None = None
    _behind_since: float | None = field(init=False)
    _needs_everything: bool = True  # at the start: what others loaded is built too, and views that changed
    _next_publication: float = 0.0
    _wait_after_failure: float = RETRY_SECONDS
    _waits_for_turn_since: float | None = None

    def __post_init__(self) -> None:
        self.folder = self.folder.expanduser().resolve()
        self._files = ArrivingFiles(self.folder, self.pattern)
        self._behind_since = time.monotonic()

    def run(self, stop: threading.Event) -> None:
        """Load what is there, then what arrives, until `stop` is set. Raises UsageError when there is no folder."""
        if not self.folder.is_dir():
            raise UsageError(f"{self.folder} is not a folder. Create it, or name another one.")
        self._files.check_pattern()
        if uses_embedded_server():
            embedded_server.start()
        run_dbt(["parse", "--no-write-json"])  # so that the first file does not wait for dbt to start
        log.info("Watching %s for files.", self.folder)
        while not stop.is_set():
            identity = self._wait_for_folder(stop)
            with contextlib.suppress(FileNotFoundError):  # the folder vanished again
                for changed in self._changes(stop):
                    self.step(changed)
                    if self._identity() != identity:
                        break

    def _changes(self, stop: threading.Event) -> Iterator[set[Path]]:
        """Yield the paths that changed, and an empty set several times a second."""
        from watchfiles import watch

        changes = watch(
            self.folder,
            watch_filter=None,
            step=50,
            debounce=TICK_MILLISECONDS,
            rust_timeout=TICK_MILLISECONDS,
            yield_on_timeout=True,
            stop_event=stop,
            raise_interrupt=False,
            recursive="/" in self.pattern,
        )
        try:
            for group in changes:
                yield {Path(path) for _, path in group}
        except FileNotFoundError:
            raise
        except (OSError, RuntimeError) as error:  # the library raises the latter for what the system refuses
            raise UsageError(
                f"{self.folder} cannot be watched ({one_line(error)}). Check its permissions, and on Linux the limit"
                " fs.inotify.max_user_watches."
            ) from error

    def step(self, changed: set[Path]) -> None:
        """Load the files that are complete, and build what is due. Errors are logged: a later step tries again."""
        now = time.monotonic()
        try:
            if now >= self._next_scan:
                self._next_scan = now + SCAN_SECONDS
                self._files.scan()
            else:
                self._files.add(changed)
            if now >= self._next_try:
                self._work(now, self._files.complete())
        except (WarehouseError, psycopg.Error, OSError) as error:
            log.error("%s", error if isinstance(error, WarehouseError) else one_line(error))
            self._next_try = time.monotonic() + RETRY_SECONDS

    def _work(self, now: float, ready: dict[Path, State]) -> None:
        is_behind = self._behind_since is not None and now >= self._next_publication
        is_quiet = self._quiet_since is not None and now - self._quiet_since > QUIET_SECONDS
        if not (ready or is_behind or is_quiet):
            return
        with turn_to_run(wait=False) as has_turn:
            if not has_turn:
                self._wait_for_turn(now)
                return
            self._waits_for_turn_since = None
            if ready:
                self._load(ready)
            if self._behind_since is not None and now >= self._next_publication and not self._loads_more_first(now):
                self._publish()
            elif is_quiet:
                self._build_everything()

    def _wait_for_turn(self, now: float) -> None:
        self._next_try = now + TURN_SECONDS
        if self._waits_for_turn_since is None:
            self._waits_for_turn_since = now
        if 0 <= now - self._waits_for_turn_since - PATIENCE_SECONDS < TURN_SECONDS:
            log.info("Another run or watch is working. The files wait until it ends.")

    def _load(self, ready: dict[Path, State]) -> None:
        fresh = new_files(ready, self.options.format, self.options.read)
        self._report_loaded_before([path for path in ready if path not in fresh])
        try:
            # After an error of the database, files may be loads that were not judged yet.
            results = ingest_files(fresh, self.options, self.jobs, done=self.report) if fresh else []
            verdicts = [] if fresh else _judge_pending()
        except BaseException:
            self._note_behind()  # some of the files may count by now
            raise
        for path, state in ready.items():
            if path not in fresh:
                self._files.settle(path, state)
        for path, result in zip(fresh, results, strict=True):
            if result.error is None:
                self._files.settle(path, ready[path])
            else:
                self._files.note_failure(path, ready[path])
        loads = [result.result for result in results if result.result is not None and not result.failed]
        if any(not load.already_stored for load in loads) or any(verdict.passed for verdict in verdicts):
            self._note_behind()

    def _report_loaded_before(self, paths: list[Path]) -> None:
        if len(paths) == 1:
            log.info("%s has the content of an earlier load. It is not loaded again.", paths[0])
        elif paths:
            log.info("%s files have the content of earlier loads. They are not loaded again.", f"{len(paths):,}")

    def _loads_more_first(self, now: float) -> bool:
        """Return whether more files are complete, and the marts need not show yet what was loaded."""
        waits = now - self._behind_since if self._behind_since is not None else 0.0
        return waits < MOST_SECONDS_BEHIND and bool(self._files.complete())

    def _note_behind(self) -> None:
        if self._behind_since is None:
            self._behind_since = time.monotonic()

    def _publish(self) -> None:
        started = time.monotonic()
        try:
            if self._needs_everything:
                self._build_everything()
            else:
                with alert_when_build_fails():
                    run_dbt(PUBLISH)
                self._quiet_since = time.monotonic()
                log.info("The marts show it; the build took %.1f s.", time.monotonic() - started)
        except BuildError:
            self._next_publication = time.monotonic() + self._wait_after_failure
            self._wait_after_failure = min(2 * self._wait_after_failure, MOST_SECONDS_TO_RETRY)
            raise
        self._behind_since = None
        self._wait_after_failure = RETRY_SECONDS

    def _build_everything(self) -> None:
        """Build and test everything that changed since the last whole build."""
        self._quiet_since = None
        _judge_pending()
        with connect(TRANSFORMER) as connection:
            self._needs_everything = connection.execute(MARTS_EXIST).fetchone() != (True,)
        started = time.monotonic()
        with alert_when_build_fails():
            results = build()
        if results:
            log.info("Everything is built and tested; it took %.1f s.", time.monotonic() - started)
        self._needs_everything = False

    def _identity(self) -> object:
        try:
            state = self.folder.stat()
        except OSError:
            return None
        return state.st_dev, state.st_ino

    def _wait_for_folder(self, stop: threading.Event) -> object:
        """Return what tells this folder from a later one of the same name, as soon as there is one."""
        if self._identity() is None:
            log.error("%s does not exist any more. Create it again.", self.folder)
            while self._identity() is None and not stop.wait(1.0):
                pass
            log.info("Watching %s again.", self.folder)
        self._next_scan = 0.0
        return self._identity()


def _judge_pending() -> list[GateVerdict]:
    """Gate the loads of a process that ended before it gated them."""
    verdicts = gate_pending_loads()
    for verdict in verdicts:
        state = "accepted" if verdict.passed else "held"
        log.info("Load %s of a process that ended before it was judged is %s.", verdict.load_id, state)
    return verdicts
