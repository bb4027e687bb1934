"""File locks: they end with the process that holds them, however it ends."""

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
    """Hold the lock for the block; raises ServerError when another process keeps it for that long."""
    handle = take(path, seconds)
    if handle is None:
        raise ServerError(
            f"Another process has been starting or stopping the server for {seconds:.0f} s (it holds {path}); "
            f"wait for it or end it, then try again."
        )
    try:
        yield
    finally:
        os.close(handle)


def take(path: Path, seconds: float) -> int | None:
    """The descriptor that holds the lock until all its copies are closed; None when not had in that many seconds."""
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
    """Whether somebody holds the lock exclusively."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that two who look do not take each other for the holder.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(handle)
