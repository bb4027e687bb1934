"""Which files of a folder are to be loaded: those that arrived or changed, as soon as they are complete."""

import errno
import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

from loaders.errors import UsageError
from loaders.operations.complete_files import has_temporary_name, is_complete
from loaders.operations.sources import is_visible_file

MOST_ATTEMPTS = 3
MOST_FILES_AT_ONCE = 100  # so that a signal, and the marts, do not wait for all files of a large folder

LONG_OPEN_SECONDS = 60.0  # after which the log says that a file is open and does not grow

State = tuple[int, int, int]  # size, time of the last change, inode

log = logging.getLogger(__name__)


@dataclass
class ArrivingFiles:
    """The files of a folder that wait, and the state in which each other one was loaded or given up.

    pattern: which files of the folder.
    """

    folder: Path
    pattern: str
    _waiting: set[Path] = field(default_factory=set)
    _settled: dict[Path, State] = field(default_factory=dict)
    _failures: dict[Path, tuple[State, int]] = field(default_factory=dict)
    _open: dict[Path, tuple[State, float | None]] = field(default_factory=dict)  # since when; None once reported

    def check_pattern(self) -> None:
        """Raise UsageError where the pattern is not one of files in the folder."""
        try:
            usable = ".." not in Path(self.pattern).parts and next(self.folder.glob(self.pattern), True)
        except (ValueError, NotImplementedError):
            usable = False
        if not usable:
            raise UsageError(f"The pattern {self.pattern!r} cannot be used. Write it like *.csv or **/*.csv.")

    def scan(self) -> None:
        """Let all files wait that changed since they were loaded, and those that failed."""
        self._waiting = self._files()
        self._settled = {path: state for path, state in self._settled.items() if path in self._waiting}
        self._failures = {path: failure for path, failure in self._failures.items() if path in self._waiting}

    def add(self, changed: set[Path]) -> None:
        """Let those of these paths wait that are files to load."""
        if changed:
            self._waiting |= self._files() & changed

    def complete(self) -> dict[Path, State]:
        """Return the files to load now, those first that changed first. Incomplete ones wait for the next call."""
        states = {path: _state(path) for path in self._waiting}
        waiting = {path: state for path, state in states.items() if state and state != self._settled.get(path)}
        self._waiting = set(waiting)
        in_order = sorted(waiting, key=lambda path: (waiting[path][1], path))
        ready: dict[Path, State] = {}
        for path in in_order:
            if len(ready) == MOST_FILES_AT_ONCE:
                break
            if is_complete(path):
                ready[path] = waiting[path]
            else:
                self._note_open(path, waiting[path])
        self._open = {path: noted for path, noted in self._open.items() if path in waiting and path not in ready}
        return ready

    def settle(self, path: Path, state: State) -> None:
        """Note that a file in this state needs no more work."""
        self._waiting.discard(path)
        self._failures.pop(path, None)
        self._settled[path] = state

    def note_failure(self, path: Path, state: State) -> None:
        """Let a file that failed wait for the next scan. After several failures it waits for its next change."""
        before, count = self._failures.get(path, (None, 0))
        count = count + 1 if before == state else 1
        if count >= MOST_ATTEMPTS:
            self.settle(path, state)
        else:
            self._waiting.discard(path)
            self._failures[path] = (state, count)

    def _note_open(self, path: Path, state: State) -> None:
        now = time.monotonic()
        before, since = self._open.get(path, (None, None))
        if before != state:
            self._open[path] = (state, now)
        elif since is not None and state[0] and now - since >= LONG_OPEN_SECONDS:
            log.info("%s is still open for writing. It is loaded when the program that writes it closes it.", path)
            self._open[path] = (state, None)

    def _files(self) -> set[Path]:
        try:
            matches = list(self.folder.glob(self.pattern))
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ESTALE):  # the folder vanished
                return set()
            raise
        return {path for path in matches if is_visible_file(path, self.folder) and not has_temporary_name(path)}


def _state(path: Path) -> State | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns, state.st_ino
