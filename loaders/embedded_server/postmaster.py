"""Launch the server, find its process, and select its port."""

import itertools
import logging
import os
import random
import shlex
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from loaders.embedded_server.binaries import Binaries
from loaders.embedded_server.os_account import Account, run_as
from loaders.embedded_server.paths import Layout, open_private
from loaders.embedded_server.wal_archive import archive_options
from loaders.errors import ServerError
from loaders.settings import settings

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
LOG_LIMIT_BYTES = 10_000_000
SHARED_MEMORY = Path("/dev/shm")
ENOUGH_SHARED_MEMORY_BYTES = 1 << 30

OPTIONS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "60",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    # Only pglz is built in, which takes longer than writing the pages as they are: a vacuum of new rows took four times
    # as long.
    "wal_compression": "off",
    # Unless the log is archived (wal_archive.py), tables made and filled in one transaction need not go through it.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "random_page_cost": "1.1",
}


def launch(layout: Layout, binaries: Binaries, account: Account | None, port: int, alive: int) -> int:
    """Start the server and return at once, with the size of its log: what follows there is from this server.

    alive: descriptor of the lock that every process of the server inherits.
    """
    command = [str(binaries.folder / "postgres"), "-D", str(layout.data), "-p", str(port), *_options(binaries.major)]
    if layout.log_file.exists() and layout.log_file.stat().st_size > LOG_LIMIT_BYTES:
        layout.log_file.replace(layout.log_file.with_name("server.log.1"))
    log = open_private(layout.log_file, os.O_WRONLY | os.O_APPEND)
    try:
        logged = os.fstat(log).st_size
        # The shell ends at once, so the server has no parent that would have to wait for it.
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", *command],
            stdout=log,
            stderr=log,
            pass_fds=[alive],
            start_new_session=True,
            check=True,
            **run_as(account),
        )
    finally:
        os.close(log)
    return logged


def last_log_lines(log_file: Path, since: int = 0, lines: int = 5) -> str:
    """Return the last lines that the server logged after that many bytes, as one line."""
    try:
        with log_file.open("rb") as file:
            file.seek(since)
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return " / ".join(line.strip() for line in text.splitlines()[-lines:])


def _shared_buffers() -> int:
    """Return an eighth of the memory, from 128 MB to 2 GB, in bytes: index probes need the pages that stay in it."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return 256 << 20  # the platform does not report its memory
    return min(max(memory // 8, 128 << 20), 2 << 30)


def _options(major: int) -> list[str]:
    options = {**OPTIONS, "shared_buffers": f"{_shared_buffers() >> 20}MB"}
    if major < 18 and sys.platform == "linux":
        # Not settable everywhere before 18, whose default is enough.
        options["effective_io_concurrency"] = "64"
    if _is_small(SHARED_MEMORY):
        # Containers often give /dev/shm 64 MB; parallel queries would fail there.
        options["dynamic_shared_memory_type"] = "sysv"
    options |= archive_options()
    try:
        added = shlex.split(settings().pg_options)
    except ValueError as error:
        raise ServerError(f"WAREHOUSE_PG_OPTIONS cannot be read ({error}). Write it like -c name=value.") from None
    return [part for name, value in options.items() for part in ("-c", f"{name}={value}")] + added


def _is_small(folder: Path) -> bool:
    try:
        sizes = os.statvfs(folder)
    except OSError:
        return False
    return sizes.f_blocks * sizes.f_frsize < ENOUGH_SHARED_MEMORY_BYTES


@dataclass(frozen=True)
class Postmaster:
    """The main process of a server, as its pid file names it."""

    pid: int
    port: int


def find_postmaster(data: Path) -> Postmaster | None:
    """Return the live server on this data directory; None when there is none, or it has only started to start."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        postmaster = Postmaster(pid=int(lines[0]), port=int(lines[3]))
    except (FileNotFoundError, ValueError, IndexError):
        return None
    return postmaster if is_server_on(postmaster.pid, data) else None


def is_server_on(pid: int, data: Path) -> bool:
    """Return whether that process is a PostgreSQL server started on that data directory, and not a zombie."""
    try:
        process = psutil.Process(pid)
        arguments = [] if process.status() == psutil.STATUS_ZOMBIE else process.cmdline()
    except (psutil.Error, ValueError):
        return False
    if not arguments or Path(arguments[0]).name not in ("postgres", "postmaster"):
        return False
    folders = [after for before, after in itertools.pairwise(arguments) if before == "-D"]
    return any(os.path.realpath(folder) == os.path.realpath(data) for folder in folders)


def forget_dead_server(data: Path) -> None:
    """Remove the pid file of a dead server if another process has its pid: PostgreSQL would take it for the server."""
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
    except FileNotFoundError:
        return
    except (ValueError, IndexError):
        pid = None
    if pid is None or psutil.pid_exists(pid):
        pid_file.unlink()


def end_orphans(data: Path) -> None:
    """End the processes that a killed server left behind: they keep its shared memory."""
    for process in psutil.process_iter():
        try:
            title = process.cmdline()
            if title and title[0].startswith("postgres: ") and os.path.samefile(process.cwd(), data):
                process.terminate()
        except (psutil.Error, OSError):
            continue


# Below the ports that systems hand out to outgoing connections, so that a kept port is seldom taken later.
PORT_RANGE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Return whether nothing listens on this port of the loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # As PostgreSQL does: connections that are still closing do not count.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen(1)
        except OSError:
            return False
    return True


def choose_port(wanted: int | None, kept: int | None) -> int:
    """Return a free port. Raises ServerError when the wanted one (WAREHOUSE_PORT) is taken."""
    if wanted is not None:
        if not is_free(wanted):
            raise ServerError(
                f"Port {wanted} (WAREHOUSE_PORT) cannot be used, most likely because another program listens on it. "
                f"End that program, set WAREHOUSE_PORT to another port, or unset it."
            )
        return wanted
    if kept is not None and is_free(kept):
        return kept
    port = next((port for port in random.sample(PORT_RANGE, 200) if is_free(port)), None)
    if port is None:
        raise ServerError(f"No free port was found on {HOST}. Set WAREHOUSE_PORT to a free one.")
    if kept is not None:
        log.warning("Port %s is taken by another program; the server moves to port %s and keeps it.", kept, port)
    return port
