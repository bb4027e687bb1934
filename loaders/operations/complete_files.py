"""Whether a file is complete, or somebody still writes to it."""

import contextlib
import errno
import os
import signal
import time
from pathlib import Path

# Files under these names are renamed when they are complete.
TEMPORARY_SUFFIXES = (".tmp", ".temp", ".part", ".partial", ".crdownload", ".filepart", ".download", ".swp", "~")
SETTLED_SECONDS = 2.0  # where it cannot be found out whether somebody writes


def has_temporary_name(path: Path) -> bool:
    """Return whether the name says that the file is still being written."""
    return path.name.lower().endswith(TEMPORARY_SUFFIXES)


def is_complete(path: Path) -> bool:
    """Return whether a file has content and nobody has it open for writing. False for one that is gone.

    Where the system does not tell who writes, a file is complete when it did not change for two seconds.
    """
    try:
        state = path.stat()
        if state.st_size == 0:
            return False
        is_written = _is_open_for_writing(path)
    except FileNotFoundError:
        return False
    if is_written is None:
        return time.time() - state.st_mtime > SETTLED_SECONDS
    return not is_written


def _is_open_for_writing(path: Path) -> bool | None:
    """Return None where it cannot be known. Linux gives a read lease only on a file that nobody writes to."""
    import fcntl

    if not hasattr(fcntl, "F_SETLEASE"):
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except PermissionError:
        return None  # the load reports it
    try:
        # Who opens the file within these microseconds breaks the lease. The signal of that must not end this process.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        return False
    except OSError as error:
        return True if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK) else None
    finally:
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        os.close(descriptor)
