"""Write the whole warehouse into one file, and restore it into an empty one."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import IsolationLevel
from psycopg.rows import dict_row

from loaders.database.advisory_locks import ARCHIVE_LOCK, BUILD_LOCK
from loaders.database.citus import is_distributed
from loaders.database.connection import client_environment, connect
from loaders.database.sql_files import read_sql
from loaders.errors import ServerError, UsageError
from loaders.messages import one_line
from loaders.operations.dump_file import FORMAT_VERSION, Manifest, append_manifest, hash_archive
from loaders.operations.postgres_programs import find_programs

ATTEMPTS = 3
# A table that a build replaces between the snapshot and the lock on it.
MOVED_AWAY = ("does not exist", "could not open relation", "cache lookup failed")


@dataclass(frozen=True)
class Dump:
    """A dump that was written. manifest: also the last part of the file."""

    path: Path
    manifest: Manifest


def dump(path: Path, replace: bool = False) -> Dump:
    """Write the schemas of the warehouse into one file that only its owner may read.

    All of it is of one snapshot, between two builds; loads and builds go on meanwhile. Acts as the operator. Raises
    ServerError, or UsageError for a file that exists; then the file is as before.
    """
    _require_writable(path, replace)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        # Created here, so that nobody else may read it from its first byte on.
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        manifest = _write_with_retries(unfinished)
        append_manifest(unfinished, manifest)
        unfinished.replace(path)
    except OSError as error:
        raise ServerError(f"{path} cannot be written ({error.strerror}). Nothing was kept. Make room there.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return Dump(path, manifest)


def _require_writable(path: Path, replace: bool) -> None:
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"{path} is not a file in a folder that exists. Name a file, such as backup/warehouse.dump.")
    if path.exists() and not replace:
        raise UsageError(f"{path} exists. Name another file, or replace it with --force.")


def _write_with_retries(path: Path) -> Manifest:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _write(path)
        except ServerError as error:
            if attempt == ATTEMPTS or not any(text in str(error) for text in MOVED_AWAY):
                raise
    raise AssertionError("the last attempt returns or raises")


def _write(path: Path) -> Manifest:
    with _snapshot_between_builds() as (connection, snapshot):
        row = _one_row(connection, read_sql("loaders.operations", "dump_counts"))
        schemas = connection.execute(read_sql("loaders.operations", "dumped_schemas")).fetchall()
        major = connection.info.server_version // 10_000
        command = ["pg_dump", "--format=custom", f"--file={path}", f"--snapshot={snapshot}", "--lock-wait-timeout=60s"]
        run_program(find_programs(major), [*command, *(f"--schema={name}" for (name,) in schemas)])
    digest, size = hash_archive(path)
    schema_version = row.pop("schema_version")
    return Manifest(FORMAT_VERSION, datetime.now(UTC), major, schema_version, size, digest, row)


@contextmanager
def _snapshot_between_builds() -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """Export a snapshot in which no build is half done: it is taken while no build runs, and builds go on after it.

    Each node of a Citus cluster has a snapshot of its own, so there loads and builds wait until the dump has ended.
    """
    with connect(None) as connection, connect(None, autocommit=True) as lock:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        try:
            is_on_several_nodes = is_distributed(lock)
            lock.execute("select pg_advisory_lock(%s)", [BUILD_LOCK])
            if is_on_several_nodes:
                lock.execute("select pg_advisory_lock(%s)", [ARCHIVE_LOCK])
            snapshot = _one_row(connection, "select pg_export_snapshot() as snapshot")["snapshot"]
            if not is_on_several_nodes:
                lock.execute("select pg_advisory_unlock(%s)", [BUILD_LOCK])
            yield connection, snapshot
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
            raise ServerError(
                "There is no warehouse in this database yet. Create it with: warehouse db start"
            ) from error
        except psycopg.Error as error:
            raise ServerError(f"The warehouse cannot be dumped ({one_line(error)}). Run it again.") from error


def _one_row(connection: psycopg.Connection[Any], query: str) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query).fetchone()
    assert row is not None
    return row


def program_environment() -> dict[str, str]:
    """Return the environment in which PostgreSQL's programs log in as the operator."""
    # Nothing of the caller's PG variables: a PGOPTIONS or PGSERVICE would be for another purpose.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**inherited, **client_environment(None), "PGTZ": "UTC", "PGAPPNAME": "warehouse-backup"}


def run_program(folder: Path, command: Sequence[str]) -> None:
    """Run one of PostgreSQL's programs as the operator. Raises ServerError with what it reported."""
    process = subprocess.run(
        [folder / command[0], *command[1:]],
        env=program_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if process.returncode:
        raise ServerError(describe_failure(command[0], process.returncode, process.stderr))


def describe_failure(program: str, code: int, output: str) -> str:
    """Return why a program failed, in the words of its last error."""
    errors = [line for line in output.splitlines() if "error" in line.lower() or "fatal" in line.lower()]
    reason = one_line((errors or output.splitlines() or [""])[-1])
    if code < 0:
        reason = f"ended by signal {-code}{f', {reason}' if reason else ''}"
    return f"{program} failed ({reason or f'exit code {code}'}). Nothing was kept. Fix the cause and run it again."
