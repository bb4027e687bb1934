"""The folder to which the server copies its write-ahead log, for recovery to a point in time."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from loaders.embedded_server.os_account import Account, run_as
from loaders.errors import ServerError
from loaders.settings import settings

# A segment is the same when the server was stopped after the copy and before it noted that. It counts as complete
# only under its own name, and on Linux only when it is on the disk.
ARCHIVE_COMMAND = (
    "if [ -f {folder}/%f ]; then cmp -s %p {folder}/%f;"
    " else cp %p {folder}/.%f.part && {flush} && mv {folder}/.%f.part {folder}/%f; fi"
)


def archive_options() -> dict[str, str]:
    """Return the options of the server that archives its log; none where WAREHOUSE_WAL_ARCHIVE is not set."""
    folder = _folder()
    if folder is None:
        return {}
    quoted = shlex.quote(str(folder)).replace("%", "%%")
    flush = f"sync {quoted}/.%f.part" if sys.platform == "linux" else "sync"
    return {
        "wal_level": "replica",
        "max_wal_senders": "4",
        "archive_mode": "on",
        "archive_timeout": "5min",
        "archive_command": ARCHIVE_COMMAND.format(folder=quoted, flush=flush),
    }


def prepare_archive(account: Account | None) -> None:
    """Create the folder, for the account that runs the server alone. Raises ServerError."""
    folder = _folder()
    if folder is None:
        return
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        if account is not None:
            os.chown(folder, account.uid, account.gid)
    check = ["/bin/sh", "-c", 'test -d "$1" && test -w "$1" && test -x "$1"', "sh", str(folder)]
    if subprocess.run(check, **run_as(account), capture_output=True).returncode != 0:
        who = "The server" if account is None else f"The account {account.name}, which runs the server,"
        raise ServerError(
            f"{who} cannot write to {folder} (WAREHOUSE_WAL_ARCHIVE). Change its permissions, or name another folder."
        )


def _folder() -> Path | None:
    folder = settings().wal_archive
    return None if folder is None else folder.expanduser().absolute()
