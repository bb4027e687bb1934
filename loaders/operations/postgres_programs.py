"""Find pg_dump, pg_restore and psql for the server in use."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from loaders.database.connection import uses_embedded_server
from loaders.embedded_server.binaries import INSTALLED, find_binaries, wheel_folder
from loaders.errors import ServerError
from loaders.settings import settings

PROGRAMS = ("pg_dump", "pg_restore", "psql")


def find_programs(server_major: int) -> Path:
    """Return the folder of the programs for a server: of its own version if possible, else the newest above it.

    The embedded server has its own. Raises ServerError when none are new enough.
    """
    candidates = {folder: major for folder in _folders() if (major := _major(folder)) is not None}
    usable = {folder: major for folder, major in candidates.items() if major >= server_major}
    if usable:
        return min(usable, key=lambda folder: (usable[folder] != server_major, -usable[folder]))
    newest = max(candidates.values(), default=None)
    reason = "None are installed." if newest is None else f"The newest installed ones are of version {newest}."
    raise ServerError(
        f"The server is PostgreSQL {server_major}, and pg_dump, pg_restore and psql must not be older. {reason} "
        f"Install PostgreSQL's client programs, or set WAREHOUSE_PG_BIN to their folder."
    )


def _folders() -> Iterator[Path]:
    if uses_embedded_server():
        yield find_binaries().folder
    if (configured := settings().pg_bin) is not None:
        yield configured.expanduser().absolute()
    if (wheel := wheel_folder()) is not None:
        yield wheel
    if (program := shutil.which("pg_dump")) is not None:
        yield Path(program).parent
    for pattern in INSTALLED:
        yield from Path("/").glob(pattern.removeprefix("/"))


def _major(folder: Path) -> int | None:
    """Return the major version of the programs in a folder; None when one is missing or does not run."""
    if not all((folder / name).is_file() for name in PROGRAMS):
        return None
    try:
        process = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True)
    except OSError:
        return None
    match = re.match(r"pg_dump \(PostgreSQL\) (\d+)", process.stdout)
    return int(match[1]) if process.returncode == 0 and match else None
