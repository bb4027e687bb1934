"""Tells that an answer is on its way, when it takes longer than about a second."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from threading import Event, Thread

DELAY_SECONDS = 1.0  # seconds before anything is shown
UPDATE_SECONDS = 0.5  # seconds between two signs of life


@contextmanager
def show_progress(what: str = "reading from the warehouse") -> Iterator[None]:
    """Show `what` and the seconds it takes, below the cell or on a terminal's stderr; afterwards it is gone."""
    done = Event()
    # In the context of the cell, so that a kernel knows below which one to show it.
    thread = Thread(target=copy_context().run, args=(_tell, what, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _tell(what: str, done: Event) -> None:
    begun = time.monotonic()
    if done.wait(DELAY_SECONDS):
        return
    show = _below_cell() or _on_terminal()
    if show is None:
        return
    while True:
        show(f"{what}, {time.monotonic() - begun:.0f} s")
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
