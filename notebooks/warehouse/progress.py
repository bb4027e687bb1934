"""Show that a read is running, when it takes longer than a second."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from threading import Event, Lock, Thread

from warehouse.connection import is_service

DELAY_SECONDS = 1.0  # before anything is shown
UPDATE_SECONDS = 0.5


@contextmanager
def show_progress(text: str = "reading from the warehouse") -> Iterator[None]:
    """Show a text and the elapsed seconds, below the cell or on a terminal's stderr, until the block ends."""
    if is_service():  # which has nobody to show it to
        yield
        return
    # In the context of the cell, so that the kernel shows it below that cell.
    read = _Read(text, copy_context())
    _watch.add(read)
    try:
        yield
    finally:
        _watch.remove(read)


class _Read:
    """A read that is running, and how to show a text, once it has been shown."""

    def __init__(self, text: str, context: Context) -> None:
        self._text, self._context, self._started = text, context, time.monotonic()
        self._show: Callable[[str], None] | None = None
        self._is_over = False
        self._lock = Lock()

    def update(self) -> None:
        """Show how long it has been running, if that is long."""
        seconds = time.monotonic() - self._started
        with self._lock:
            if not self._is_over and seconds >= DELAY_SECONDS:
                self._context.run(self._display, f"{self._text}, {seconds:.0f} s")

    def end(self) -> None:
        """Remove what is shown."""
        with self._lock:
            self._is_over = True
            if self._show is not None:
                self._context.run(self._show, "")

    def _display(self, text: str) -> None:
        self._show = self._show or _below_cell() or _on_terminal() or (lambda text: None)
        self._show(text)


class _Watch:
    """One thread that updates all reads of the process. A thread for each would take longer than a short read."""

    def __init__(self) -> None:
        self._reads: set[_Read] = set()
        self._lock, self._has_reads = Lock(), Event()
        self._thread: Thread | None = None

    def add(self, read: _Read) -> None:
        with self._lock:
            self._reads.add(read)
            self._has_reads.set()
            if self._thread is None or not self._thread.is_alive():  # it ends where what it shows cannot be shown
                self._thread = Thread(target=self._run, daemon=True, name="progress of reads")
                self._thread.start()

    def remove(self, read: _Read) -> None:
        with self._lock:
            self._reads.discard(read)
        read.end()

    def _run(self) -> None:
        while True:
            self._has_reads.wait()
            time.sleep(min(UPDATE_SECONDS, DELAY_SECONDS))
            with self._lock:
                reads = list(self._reads)
                if not reads:
                    self._has_reads.clear()
            for read in reads:
                read.update()


_watch = _Watch()


def _forget() -> None:
    """In a forked process, which has none of the threads."""
    global _watch
    _watch = _Watch()


os.register_at_fork(after_in_child=_forget)


def _below_cell() -> Callable[[str], None] | None:
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    if not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    handle = display({"text/plain": ""}, raw=True, display_id=True)
    return lambda text: handle.update({"text/plain": text}, raw=True)


def _on_terminal() -> Callable[[str], None] | None:
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        return None
    status = console.status("")

    def show(text: str) -> None:
        status.update(text)
        status.start() if text else status.stop()

    return show
