"""Create the data directory at the first start, by one rename, and check it at each start."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from loaders.embedded_server.binaries import Binaries
from loaders.embedded_server.os_account import Account, run_as
from loaders.embedded_server.paths import Layout
from loaders.embedded_server.readiness import SUPERUSER
from loaders.errors import ServerError
from loaders.settings import settings

UNFINISHED = "unfinished-data-"


def data_version(data: Path) -> int | None:
    """Return the major version of PostgreSQL that made the data directory; None when there is none."""
    try:
        return int((data / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        raise ServerError(f"{data / 'PG_VERSION'} is damaged. Restore {data}, or move it to another folder.") from None


def check_version(data: Path, binaries: Binaries) -> None:
    """Raise ServerError when another major version made the data directory."""
    made_by = data_version(data)
    if made_by is None:
        raise ServerError(f"{data} is not a PostgreSQL data directory. Move it to another folder and start again.")
    if made_by != binaries.major:
        raise ServerError(
            f"{data} was made by PostgreSQL {made_by}, and {binaries.folder} is PostgreSQL {binaries.version}. Set "
            f"WAREHOUSE_PG_BIN to the programs of PostgreSQL {made_by}, or move {data} away and start again."
        )


def create_cluster(layout: Layout, binaries: Binaries, account: Account | None, password: str, alive: int) -> None:
    """Create the data directory completely or not at all. Raises ServerError with the messages of initdb.

    alive: descriptor of the lock that initdb inherits, so that nobody deletes what it still writes to.
    """
    for leftover in layout.folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover)
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=layout.folder))
    try:
        data, password_file = unfinished / "data", unfinished / "password"
        data.mkdir(mode=0o700)
        password_file.touch(mode=0o600)
        password_file.write_text(password)
        if account is not None:
            for path in (unfinished, data, password_file):
                shutil.chown(path, account.uid, account.gid)
        _initdb(binaries, account, data, password_file, alive)
        data.rename(layout.data)
    finally:
        shutil.rmtree(unfinished)


def _initdb(binaries: Binaries, account: Account | None, data: Path, password_file: Path, alive: int) -> None:
    command = [
        str(binaries.folder / "initdb"),
        f"--pgdata={data}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        *_locale(binaries.major),
        *_sync_options(),
        "--no-instructions",
    ]
    process = subprocess.run(
        command,
        text=True,
        errors="replace",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=[alive],
        **run_as(account),
    )
    if process.returncode != 0:
        errors = [line for line in process.stdout.splitlines() if "error" in line.lower() or "fatal" in line.lower()]
        reason = "; ".join(errors or process.stdout.splitlines()[-3:])
        raise ServerError(
            f"The database could not be created in {data.parent.parent} ({reason}). Nothing of it was kept. "
            f"Fix the cause, or set WAREHOUSE_HOME to another folder, then start again."
        )


def _sync_options() -> list[str]:
    # A server that shall not wait for the disk, as for data that are thrown away, need not do so when it is created.
    return ["--no-sync"] if "fsync=off" in settings().pg_options.split() else []


def _locale(major: int) -> list[str]:
    if major >= 17:
        # The same order and case rules on every machine, whatever its C library.
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]
