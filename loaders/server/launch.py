"""The start command, and the process it becomes: detached, logging to a file, holding the lock that says it lives."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from loaders.errors import ServerError
from loaders.server.account import Account, run_as
from loaders.server.binaries import Binaries
from loaders.server.layout import Layout, open_private
from loaders.server.ports import HOST
from loaders.settings import settings

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
    # No replication from here, so tables made and filled in one transaction need not go through the log.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "random_page_cost": "1.1",
}


def launch(layout: Layout, binaries: Binaries, account: Account | None, port: int, alive: int) -> int:
    """Start the server and return at once, with the size the log had: what follows in it is this server's.

    alive: descriptor of the lock that every process of the server inherits.
    """
    command = [str(binaries.folder / "postgres"), "-D", str(layout.data), "-p", str(port), *_options(binaries.major)]
    if layout.log_file.exists() and layout.log_file.stat().st_size > LOG_LIMIT_BYTES:
        layout.log_file.replace(layout.log_file.with_name("server.log.1"))
    log = open_private(layout.log_file, os.O_WRONLY | os.O_APPEND)
    try:
        logged = os.fstat(log).st_size
        # The shell ends at once, so the server is nobody's child: no zombie, whoever started it.
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


def last_words(log_file: Path, since: int = 0, lines: int = 5) -> str:
    """The last lines the server logged after that many bytes, as one."""
    try:
        with log_file.open("rb") as file:
            file.seek(since)
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return " / ".join(line.strip() for line in text.splitlines()[-lines:])


def _shared_buffers() -> int:
    """An eighth of the memory, from 128 MB to 2 GB, in bytes: probes into deep histories live on what stays in it."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return 256 << 20  # a platform that does not say how much it has
    return min(max(memory // 8, 128 << 20), 2 << 30)


def _options(major: int) -> list[str]:
    options = {**OPTIONS, "shared_buffers": f"{_shared_buffers() >> 20}MB"}
    if major < 18 and sys.platform == "linux":
        # Not settable everywhere before 18, whose default is enough.
        options["effective_io_concurrency"] = "64"
    if _is_small(SHARED_MEMORY):
        # Containers often give /dev/shm 64 MB; parallel queries would fail there.
        options["dynamic_shared_memory_type"] = "sysv"
    try:
        added = shlex.split(settings().pg_options)
    except ValueError as error:
        raise ServerError(f"WAREHOUSE_PG_OPTIONS cannot be read ({error}); write it like -c name=value.") from None
    return [part for name, value in options.items() for part in ("-c", f"{name}={value}")] + added


def _is_small(folder: Path) -> bool:
    try:
        sizes = os.statvfs(folder)
    except OSError:
        return False
    return sizes.f_blocks * sizes.f_frsize < ENOUGH_SHARED_MEMORY_BYTES
