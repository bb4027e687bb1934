"""Show that a read is running, when it takes longer than a second."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from threading import Event, Thread

from warehouse.connection import is_service

DELAY_SECONDS = 1.0  # before anything is shown
UPDATE_SECONDS = 0.5


@contextmanager
def show_progress(text: str = "reading from the warehouse") -> Iterator[None]:
    """Show a text and the elapsed seconds, below the cell or on a terminal's stderr, until the block ends."""
    if is_service():  # which has nobody to show it to
        yield
        return
    done = Event()
    # In the context of the cell, so that the kernel shows it below that cell.
    thread = Thread(target=copy_context().run, args=(_show_until, text, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _show_until(text: str, done: Event) -> None:
    started = time.monotonic()
    if done.wait(DELAY_SECONDS):
        return
    show = _below_cell() or _on_terminal()
    if show is None:
        return
    while True:
        show(f"{text}, {time.monotonic() - started:.0f} s")
        if done.wait(UPDATE_SECONDS):
            break
    show("")


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
