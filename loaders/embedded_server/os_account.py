"""The account that runs the server. PostgreSQL refuses root, so root starts it as an unprivileged account."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loaders.errors import ServerError

# `postgres` has no other purpose where it exists; `nobody` always exists.
PREFERRED = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An unprivileged account of this machine."""

    name: str
    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        """Return whether the account may enter the folder and all above it; tried, because modes do not tell all."""
        command = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]
        return subprocess.run(command, **run_as(self), capture_output=True).returncode == 0


def server_account(data: Path, home: Path) -> Account | None:
    """Return the account for the server: the owner of existing files, else a preferred account; None if not root."""
    if os.geteuid() != 0:
        return None
    for folder in (data, home):
        if folder.exists() and (owner := folder.stat()).st_uid != 0:
            return Account(_name(owner.st_uid), owner.st_uid, owner.st_gid)
    for name in PREFERRED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise ServerError(
        f"PostgreSQL does not run as root, and there is no account {' or '.join(PREFERRED)} to run it. "
        f"Create one, or run as an ordinary user."
    )


def run_as(account: Account | None) -> dict[str, Any]:
    """Return arguments for subprocess: account, working folder, and an environment without the caller's secrets."""
    kept = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
    environment = {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}
    # The caller's working folder may be closed to the account.
    arguments: dict[str, Any] = {"cwd": "/", "env": environment, "stdin": subprocess.DEVNULL}
    if account is not None:
        arguments |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return arguments


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
