"""Notices about a delivery: what was inferred or left out. Each is one line, logged and kept in the ledger."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

log = logging.getLogger(__name__)
_silent: ContextVar[bool] = ContextVar("silent", default=False)
_collected: ContextVar[dict[str, None] | None] = ContextVar("collected", default=None)


@contextmanager
def collect_notices() -> Iterator[dict[str, None]]:
    """Collect the notices that this thread gives; yields them as the keys of a dictionary, each once, in order."""
    notices: dict[str, None] = {}
    token = _collected.set(notices)
    try:
        yield notices
    finally:
        _collected.reset(token)


@contextmanager
def silence_notices() -> Iterator[None]:
    """Neither log nor keep notices: what is only tried is no news."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def notify(origin: object, text: str) -> None:
    """Log a notice about a file or table, and keep it for the ledger; the same one is not repeated in a delivery."""
    if _silent.get():
        return
    notices = _collected.get()
    if notices is not None:
        # The ledger has the path of a file already.
        kept = text if isinstance(origin, Path) else f"{origin}: {text}"
        if kept in notices:
            return
        notices[kept] = None
    log.warning("%s: %s", origin, text)
