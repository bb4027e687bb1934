"""Which processes of the server live, told by its pid file and checked, since pids are reused and zombies linger."""

import itertools
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

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
