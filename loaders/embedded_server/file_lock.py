"""File locks, which end with the process that holds them, however it ends.

Hand-written because a lock must be inherited: the descriptor of `alive` goes to the postmaster and all its children, so
the lock is free exactly when the last process of a server has ended. Libraries for file locks close theirs on fork.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loaders.embedded_server.paths import open_private
from loaders.errors import ServerError

POLL_SECONDS = 0.05


@contextmanager
def exclusive(path: Path, seconds: float) -> Iterator[None]:
    """Hold the lock for the block. Raises ServerError when another process holds it for that long."""
    handle = acquire(path, seconds)
    if handle is None:
        raise ServerError(
            f"Another process has been starting or stopping the server for {seconds:.0f} s (it holds {path}). "
            f"Wait for it or end it, then try again."
        )
    try:
        yield
    finally:
        os.close(handle)


def acquire(path: Path, seconds: float) -> int | None:
    """Return the descriptor that holds the lock until all its copies are closed; None when the time is over."""
    handle = open_private(path, os.O_RDWR)
    deadline = time.monotonic() + seconds
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return handle
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    os.close(handle)
                    return None
            time.sleep(POLL_SECONDS)
    except BaseException:
        os.close(handle)
        raise


def is_held(path: Path) -> bool:
    """Return whether a process holds the lock exclusively."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that two processes that look do not take each other for the holder.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(handle)
