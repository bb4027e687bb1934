"""Start, stop and inspect the embedded server."""

import os
import secrets
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from loaders.embedded_server.binaries import Binaries, ensure_executable_by, find_binaries
from loaders.embedded_server.file_lock import POLL_SECONDS, acquire, exclusive, is_held
from loaders.embedded_server.initdb import check_version, create_cluster, data_version
from loaders.embedded_server.os_account import Account
from loaders.embedded_server.paths import (
    Layout,
    current_layout,
    os_errors_as_server_errors,
    prepare_layout,
    read_password,
    read_port,
    write_private,
)
from loaders.embedded_server.postmaster import (
    HOST,
    Postmaster,
    choose_port,
    end_orphans,
    find_postmaster,
    forget_dead_server,
    last_log_lines,
    launch,
)
from loaders.embedded_server.readiness import create_database, wait_until_ready
from loaders.embedded_server.wal_archive import prepare_archive
from loaders.errors import ServerError
from loaders.settings import settings

LOCK_SECONDS = 120.0
ORPHAN_SECONDS = 5.0
ORPHAN_END_SECONDS = 25.0
STOP_SECONDS = 120.0
PORT_ATTEMPTS = 3


@dataclass(frozen=True)
class Running:
    """A server that answers. started: whether this call started it."""

    host: str
    port: int
    pid: int
    data_directory: Path
    started: bool


@dataclass(frozen=True)
class Status:
    """What the files tell about the server. version: major version of the data directory; size in bytes on disk."""

    running: bool
    host: str
    port: int | None
    pid: int | None
    version: int | None
    data_directory: Path
    size_bytes: int


def start() -> Running:
    """Start the server, whatever state it was left in. Raises ServerError.

    Any number of calls at the same time give one server. It outlives the caller.
    """
    with os_errors_as_server_errors():
        layout, account = prepare_layout()
        with exclusive(layout.lock_file, LOCK_SECONDS):
            postmaster = _running(layout)
            started = postmaster is None
            if postmaster is None:
                postmaster = _start(layout, account)
            if read_port(layout) != postmaster.port:
                write_private(layout.port_file, f"{postmaster.port}\n")
            create_database(layout, postmaster.port)
            return Running(HOST, postmaster.port, postmaster.pid, layout.data, started)


def stop() -> bool:
    """Stop the server and end its connections. Returns False when it was not running. Raises ServerError."""
    return _stop(signal.SIGINT)


def _stop(how: signal.Signals) -> bool:
    with os_errors_as_server_errors():
        layout = current_layout()
        if not layout.home.exists():
            return False
        with exclusive(layout.lock_file, LOCK_SECONDS):
            postmaster = find_postmaster(layout.data)
            if postmaster is None:
                return False
            os.kill(postmaster.pid, how)
            if not _wait_until_gone(layout, STOP_SECONDS):
                raise ServerError(
                    f"The server (process {postmaster.pid}) has not ended within {STOP_SECONDS:.0f} s. "
                    f"See {layout.log_file}, then stop it again."
                )
            return True


def status() -> Status:
    """Return whether the server runs, and where. Never starts or creates anything."""
    with os_errors_as_server_errors():
        layout = current_layout()
        postmaster = find_postmaster(layout.data)
        return Status(
            running=postmaster is not None,
            host=HOST,
            port=read_port(layout) if postmaster is None else postmaster.port,
            pid=None if postmaster is None else postmaster.pid,
            version=data_version(layout.data),
            data_directory=layout.data,
            size_bytes=_size(layout.data),
        )


def discard() -> None:
    """Stop the server and delete its data: for temporary homes, such as those of tests."""
    _stop(signal.SIGQUIT)  # without writing to its files first what is in memory only
    with os_errors_as_server_errors():
        layout = current_layout()
        for path in layout.owned_paths():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _running(layout: Layout) -> Postmaster | None:
    """Return the live server once it answers; None when there is none."""
    postmaster = find_postmaster(layout.data)
    if postmaster is None:
        return None
    wanted = settings().port
    if wanted not in (None, postmaster.port):
        raise ServerError(
            f"The server already runs on port {postmaster.port}, not on {wanted} (WAREHOUSE_PORT). "
            f"Stop it first to move it."
        )
    if wait_until_ready(layout, postmaster.port, lambda: find_postmaster(layout.data) is not None):
        return postmaster
    if find_postmaster(layout.data) is None:
        return None
    raise ServerError(
        f"The server (process {postmaster.pid}) runs but does not answer on port {postmaster.port} "
        f"({last_log_lines(layout.log_file)}). See {layout.log_file}, or stop it and start again."
    )


def _start(layout: Layout, account: Account | None) -> Postmaster:
    for _ in range(PORT_ATTEMPTS):
        with _sole_owner(layout) as alive:
            binaries = _prepare_cluster(layout, account, alive)
            prepare_archive(account)
            port = choose_port(settings().port, read_port(layout))
            logged = launch(layout, binaries, account, port, alive)
        if wait_until_ready(layout, port, lambda: is_held(layout.alive_file)):
            postmaster = find_postmaster(layout.data)
            if postmaster is not None:
                return postmaster
        reason = last_log_lines(layout.log_file, since=logged)
        if "Address already in use" not in reason or settings().port is not None:
            break
    if (postmaster := find_postmaster(layout.data)) is not None:
        os.kill(postmaster.pid, signal.SIGINT)
    raise ServerError(f"The server did not start ({reason or 'it logged nothing'}). See {layout.log_file}.")


def _prepare_cluster(layout: Layout, account: Account | None, alive: int) -> Binaries:
    binaries = ensure_executable_by(find_binaries(), account, layout.folder)
    if layout.data.exists():
        check_version(layout.data, binaries)
        forget_dead_server(layout.data)
    else:
        if not layout.password_file.exists():
            write_private(layout.password_file, f"{secrets.token_urlsafe(24)}\n")
        create_cluster(layout, binaries, account, read_password(layout), alive)
    return binaries


@contextmanager
def _sole_owner(layout: Layout) -> Iterator[int]:
    """Hold the lock that the server will inherit: then no process of an earlier server can change the data."""
    alive = acquire(layout.alive_file, ORPHAN_SECONDS)
    if alive is None:
        end_orphans(layout.data)
        alive = acquire(layout.alive_file, ORPHAN_END_SECONDS)
    if alive is None:
        raise ServerError(
            f"Processes of an earlier server still use {layout.data}. End them (their names start with 'postgres:'), "
            f"then start again."
        )
    try:
        yield alive
    finally:
        os.close(alive)


def _wait_until_gone(layout: Layout, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while find_postmaster(layout.data) is not None or is_held(layout.alive_file):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _size(data: Path) -> int:
    total = 0
    for folder, _, names in os.walk(data):
        for name in names:
            # Files come and go while the server works.
            with suppress(FileNotFoundError):
                total += os.lstat(os.path.join(folder, name)).st_size
    return total
