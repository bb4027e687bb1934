"""The start command, and the process it becomes: detached, logging to a file, holding the lock that says it lives."""

import itertools
import logging
import os
import random
import shlex
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from loaders.embedded_server.binaries import Binaries
from loaders.embedded_server.os_account import Account, run_as
from loaders.embedded_server.paths import Layout, open_private
from loaders.errors import ServerError
from loaders.settings import settings

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


PROC = Path("/proc")


@dataclass(frozen=True)
class Postmaster:
    """The main process of a server, as its pid file tells."""

    pid: int
    port: int


def find_postmaster(data: Path) -> Postmaster | None:
    """The live server on this data directory; None when there is none, or it has only begun to start."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        found = Postmaster(pid=int(lines[0]), port=int(lines[3]))
    except (FileNotFoundError, ValueError, IndexError):
        return None
    return found if is_server_on(found.pid, data) else None


def is_server_on(pid: int, data: Path) -> bool:
    """Whether that process is a PostgreSQL server started on that data directory, and not a zombie."""
    arguments = _arguments(pid)
    if not arguments or Path(arguments[0]).name not in ("postgres", "postmaster"):
        return False
    folders = [after for before, after in itertools.pairwise(arguments) if before == "-D"]
    return any(os.path.realpath(folder) == os.path.realpath(data) for folder in folders)


def forget_dead_server(data: Path) -> None:
    """Remove the pid file of a dead server when its pid is taken: PostgreSQL would believe that to be the server."""
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return
    except (ValueError, IndexError, PermissionError):
        pass
    pid_file.unlink()


def end_orphans(data: Path) -> None:
    """Ask the processes that a killed server left behind to end (Linux): they keep its shared memory."""
    for entry in PROC.glob("[0-9]*"):
        try:
            title = (entry / "cmdline").read_bytes()
            if title.startswith(b"postgres: ") and os.path.samefile(entry / "cwd", data):
                os.kill(int(entry.name), signal.SIGTERM)
        except OSError:
            continue


def _arguments(pid: int) -> list[str]:
    """The command line of a process that is no zombie; empty when there is none."""
    if PROC.joinpath("self").exists():
        try:
            command = os.fsdecode((PROC / str(pid) / "cmdline").read_bytes())
        except OSError:
            return []
        # A zombie has no command line any more.
        return command.split("\0")
    answer = subprocess.run(["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True)
    state, _, command = answer.stdout.strip().partition(" ")
    if answer.returncode != 0 or state.startswith("Z"):
        return []
    # Without /proc the arguments are one line: we start servers with "-D folder -p port".
    program, _, rest = command.strip().partition(" -D ")
    return [program, "-D", rest.partition(" -p ")[0]]


log = logging.getLogger(__name__)

# Below the ports that systems hand out to outgoing connections, so that a kept port is seldom taken later.
CHOICE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether nothing listens on this port of the loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # As PostgreSQL does: connections that are still closing do not count.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen(1)
        except OSError:
            return False
    return True


def choose_port(asked: int | None, kept: int | None) -> int:
    """A free port; raises ServerError when the one asked for (WAREHOUSE_PORT) is taken."""
    if asked is not None:
        if not is_free(asked):
            raise ServerError(
                f"Port {asked} (WAREHOUSE_PORT) cannot be used, most likely because another program listens on it; "
                f"end that program, or set WAREHOUSE_PORT to another port or to nothing."
            )
        return asked
    if kept is not None and is_free(kept):
        return kept
    port = next((port for port in random.sample(CHOICE, 200) if is_free(port)), None)
    if port is None:
        raise ServerError(f"No free port was found on {HOST}; set WAREHOUSE_PORT to a free one.")
    if kept is not None:
        log.warning("Port %s is taken by another program; the server moves to port %s and keeps it.", kept, port)
    return port
