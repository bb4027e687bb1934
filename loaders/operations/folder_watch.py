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
from loaders.dbt_runner import build, is_up_to_date, run_dbt
from loaders.errors import BuildError, UsageError, WarehouseError
from loaders.gates.outputs.webhook import alert_when_build_fails
from loaders.ingest.options import IngestOptions, IngestResult
from loaders.ingest.pipeline import ingest_files
from loaders.messages import one_line
from loaders.operations.complete_files import has_temporary_name, is_complete
from loaders.operations.known_files import new_files
from loaders.operations.run_lock import turn_to_run
from loaders.operations.sources import is_visible_file

log = logging.getLogger(__name__)

TICK_MILLISECONDS = 200  # how often files that are being written are looked at
SCAN_SECONDS = 60.0  # a network file system may not report what other machines write
QUIET_SECONDS = 300.0  # without new files, after which everything is built and tested once
RETRY_SECONDS = 5.0
MOST_SECONDS_TO_RETRY = 300.0
MOST_ATTEMPTS = 3
# All that holds rows; the marts are views of it. The whole build, with its tests, follows when it is quiet.
PUBLISH = ("run", "--select", "config.materialized:incremental", "--no-write-json")


@dataclass
class FolderWatch:
    """Which files wait, and when to look and to build next.

    pattern: which files of the folder. report: called with the result of each file as it ends.
    """

    folder: Path
    pattern: str
    options: IngestOptions
    jobs: int = 1
    report: Callable[[IngestResult], None] = lambda result: None
    _waiting: set[Path] = field(default_factory=set)
    _failures: dict[Path, tuple[object, int]] = field(default_factory=dict)
    _next_try: float = 0.0
    _next_scan: float = 0.0
    _quiet_since: float | None = None
    _is_behind: bool = False
    _next_publication: float = 0.0
    _wait_after_failure: float = RETRY_SECONDS

    def run(self, stop: threading.Event) -> None:
        """Load what is there, then what arrives, until `stop` is set. Raises UsageError when there is no folder."""
        from watchfiles import watch

        self.folder = self.folder.expanduser().resolve()
        if not self.folder.is_dir():
            raise UsageError(f"{self.folder} is not a folder. Create it, or name another one.")
        if uses_embedded_server():
            embedded_server.start()
        run_dbt(["parse", "--no-write-json"])  # so that the first file does not wait for dbt to start
        self._take_stock()
        while not stop.is_set():
            identity = self._wait_for_folder(stop)
            with contextlib.suppress(FileNotFoundError):  # the folder vanished again
                for changes in watch(
                    self.folder,
                    watch_filter=None,
                    step=50,
                    debounce=TICK_MILLISECONDS,
                    rust_timeout=TICK_MILLISECONDS,
                    yield_on_timeout=True,
                    stop_event=stop,
                    raise_interrupt=False,
                ):
                    self.step({Path(path) for _, path in changes})
                    if self._identity() != identity:
                        break

    def step(self, changed: set[Path]) -> None:
        """Load the files that are complete, and build what is due. Errors are logged: the next step tries again."""
        now = time.monotonic()
        if changed or now >= self._next_scan:
            files = self._files()
            self._waiting |= files if now >= self._next_scan else files & changed
            self._next_scan = now + SCAN_SECONDS if now >= self._next_scan else self._next_scan
        if now < self._next_try:
            return
        try:
            ready = {path for path in self._waiting if is_complete(path) and not self._is_given_up(path)}
            if ready:
                self._load(ready)
            self._waiting = {path for path in self._waiting - ready if path.exists() and not self._is_given_up(path)}
            if self._is_behind and now >= self._next_publication:
                self._publish()
            elif self._quiet_since is not None and now - self._quiet_since > QUIET_SECONDS:
                self._build_everything()
        except (WarehouseError, psycopg.Error, OSError) as error:
            log.error("%s", error if isinstance(error, WarehouseError) else one_line(error))
            self._next_try = time.monotonic() + RETRY_SECONDS

    def _take_stock(self) -> None:
        """Load what was there before, and build everything if that is due."""
        self.step(set())
        with _errors_logged():
            self._build_everything()
        log.info("Watching %s for files.", self.folder)

    def _load(self, ready: set[Path]) -> None:
        with turn_to_run(wait=True):
            fresh = new_files(sorted(ready), self.options.format, self.options.read)
            results = ingest_files(fresh, self.options, self.jobs, done=self.report) if fresh else []
        for path, result in zip(fresh, results, strict=True):
            if result.error is None:
                self._failures.pop(path, None)
            else:
                self._note_failure(path)
        accepted = [result.result for result in results if result.result is not None and not result.failed]
        if any(not load.already_stored for load in accepted):
            self._is_behind = True

    def _publish(self) -> None:
        started = time.monotonic()
        try:
            with turn_to_run(wait=True), alert_when_build_fails():
                run_dbt(PUBLISH)
        except BuildError:
            self._next_publication = time.monotonic() + self._wait_after_failure
            self._wait_after_failure = min(2 * self._wait_after_failure, MOST_SECONDS_TO_RETRY)
            raise
        self._is_behind, self._quiet_since = False, time.monotonic()
        self._wait_after_failure = RETRY_SECONDS
        log.info("The marts show it; the build took %.1f s.", time.monotonic() - started)

    def _build_everything(self) -> None:
        """Build and test everything, unless the last build did and nothing changed since."""
        self._quiet_since = None
        with turn_to_run(wait=True):
            with connect(TRANSFORMER) as connection:
                is_current = is_up_to_date(connection)
            if not is_current:
                with alert_when_build_fails():
                    build()
        self._is_behind = False

    def _files(self) -> set[Path]:
        try:
            matches = list(self.folder.glob(self.pattern))
        except OSError:  # it vanished
            return set()
        return {path for path in matches if is_visible_file(path, self.folder) and not has_temporary_name(path)}

    def _note_failure(self, path: Path) -> None:
        state = _state(path)
        before, count = self._failures.get(path, (None, 0))
        self._failures[path] = (state, count + 1 if before == state else 1)

    def _is_given_up(self, path: Path) -> bool:
        """Return whether a file failed several times and did not change since."""
        state, count = self._failures.get(path, (None, 0))
        return count >= MOST_ATTEMPTS and state == _state(path)

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
        self._next_scan = 0.0
        return self._identity()


def _state(path: Path) -> object:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns, state.st_ino


@contextlib.contextmanager
def _errors_logged() -> Iterator[None]:
    try:
        yield
    except BuildError as error:
        log.error("%s", error)
