"""Restore a dump into an empty warehouse, in one transaction."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from psycopg import sql

from loaders.database.advisory_locks import BUILD_LOCK, take_lock
from loaders.database.citus import require_not_distributed
from loaders.database.connection import connect
from loaders.database.migrations import migrate, newest_version
from loaders.database.sql_files import read_sql
from loaders.errors import ServerError
from loaders.operations.backup import describe_failure, program_environment
from loaders.operations.dump_file import Manifest, verify_dump
from loaders.operations.postgres_programs import find_programs

COUNTED = ("loads", "load_events", "measures", "series")
# What a newer pg_restore sets and an older server does not know.
UNKNOWN_BEFORE_17 = b"SET transaction_timeout = 0;\n"


def restore(path: Path) -> Manifest:
    """Restore a dump into an empty warehouse, and bring its schema up to date. Acts as the operator.

    Everything is one transaction: what is interrupted or fails changes nothing. Raises ServerError for a dump that is
    damaged or newer than this project or server, and for a warehouse that is not empty.
    """
    manifest = verify_dump(path)
    if manifest.schema_version > newest_version():
        raise ServerError(
            f"{path} has schema version {manifest.schema_version:04d}, and this project knows {newest_version():04d}. "
            f"Restore it with the version that made it, or a newer one."
        )
    with _no_build_running() as server_version:
        major = server_version // 10_000
        if manifest.server_major > major:
            raise ServerError(
                f"{path} was made by PostgreSQL {manifest.server_major}, and this server is PostgreSQL {major}. "
                f"Restore it into a server of version {manifest.server_major} or newer."
            )
        migrate()  # the roles must exist
        _replace_schemas(path, manifest, find_programs(major), major)
        migrate()  # a dump of an older version
    with connect(None, autocommit=True) as connection:
        for (schema,) in connection.execute(read_sql("loaders.operations", "dumped_schemas")).fetchall():
            tables = connection.execute("select tablename from pg_tables where schemaname = %s", [schema]).fetchall()
            for (table,) in tables:
                connection.execute(sql.SQL("vacuum (analyze) {}").format(sql.Identifier(schema, table)))
    return manifest


@contextmanager
def _no_build_running() -> Iterator[int]:
    """Hold the build lock; yields the version of the server."""
    with connect(None, autocommit=True) as connection:
        require_not_distributed(connection, "db restore")
        if not take_lock(connection, BUILD_LOCK):
            raise ServerError("A build is running in this warehouse. Wait until it has ended, then restore again.")
        yield connection.info.server_version


def _replace_schemas(path: Path, manifest: Manifest, programs: Path, server_major: int) -> None:
    """Pipe the script of pg_restore through psql, which ends with the commit or changes nothing."""
    with (
        subprocess.Popen(
            [programs / "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"],
            env=program_environment(),
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as psql,
        subprocess.Popen(
            [programs / "pg_restore", "--file=-", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as script,
    ):
        assert psql.stdin is not None
        assert script.stdout is not None
        broken = False
        try:
            psql.stdin.write(_before().encode())
            _copy(script.stdout, psql.stdin, server_major)
            if script.wait() == 0:
                psql.stdin.write(_after(manifest).encode())
            psql.stdin.close()  # without the commit, everything is rolled back
        except BrokenPipeError:
            broken = True
            script.kill()
        errors = psql.stderr.read().decode(errors="replace") if psql.stderr else ""
        reported = script.stderr.read().decode(errors="replace") if script.stderr else ""
        psql.wait()
    if "the warehouse is not empty" in errors:
        raise ServerError(
            "This warehouse is not empty. Restore into an empty one (another WAREHOUSE_HOME or database)."
        )
    if psql.returncode or broken:
        raise ServerError(describe_failure("psql", psql.returncode, errors))
    if script.returncode:
        raise ServerError(describe_failure("pg_restore", script.returncode, reported))


def _copy(source: IO[bytes], target: IO[bytes], server_major: int) -> None:
    first = source.read(1 << 16)
    target.write(first if server_major >= 17 else first.replace(UNKNOWN_BEFORE_17, b""))
    while block := source.read(1 << 20):
        target.write(block)


def _before() -> str:
    drop = "".join(f"drop schema if exists {schema} cascade;\n" for schema in ("marts", "staging", "ledger", "raw"))
    # On Citus the schemas come to the other nodes with `warehouse db distribute`.
    quiet = "set client_min_messages = warning;\nset local citus.enable_ddl_propagation = off;\n"
    return f"begin;\n{quiet}{read_sql('loaders.operations', 'require_empty')}\n{drop}"


def _after(manifest: Manifest) -> str:
    counts = json.dumps({table: int(manifest.counts[table]) for table in COUNTED})
    check = read_sql("loaders.operations", "require_same_counts")
    return f"set local warehouse.dump_counts = '{counts}';\n{check}\ncommit;\n"
