"""Rebuild everything in schemas of its own, then put these in the place of the published ones."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from loaders.database.sql_files import read_sql
from loaders.dbt_runner.runner import NodeResult, OnResult, invoke_dbt
from loaders.errors import BuildError, UsageError
from loaders.messages import sentence
from loaders.settings import PROJECT_ROOT

SELECTIONS = ("--select", "-s", "--models", "-m", "--exclude", "--selector", "--resource-type")
SWAP_SECONDS = 60.0
RETRY_SECONDS = 0.5
DROP_WAIT = "30s"
ANNOUNCE = "select ledger.announce_mart_change(%s, null, null, null)"


def refresh_fully(
    connection: psycopg.Connection[Any], build_number: int, arguments: Sequence[str], quiet: bool, on_result: OnResult
) -> list[NodeResult]:
    """Build and test everything in next_staging and next_marts, and publish these in one short transaction.

    The published marts answer all the while, also when a model or test fails or this process is killed.
    """
    _refuse_selection(arguments)
    if not drop_left_over_schemas(connection, DROP_WAIT):
        raise BuildError(
            "Tables from before the last full refresh are still being read. End those sessions, then refresh again."
        )
    _create_next_schemas(connection)
    without_tests = ["--exclude-resource-type", "test"] if arguments[0] == "run" else []
    target_path = Path(os.environ.get("DBT_TARGET_PATH", PROJECT_ROOT / "dbt_project" / "target")) / "refresh"
    command = ["build", *arguments[1:], *without_tests, "--target", "refresh", "--target-path", str(target_path)]
    try:
        results = invoke_dbt(command, quiet, on_result, build_number)
        _publish(connection, build_number)
    finally:
        drop_left_over_schemas(connection, DROP_WAIT)
    return results


def drop_left_over_schemas(connection: psycopg.Connection[Any], wait: str = "200ms") -> bool:
    """Drop unfinished new schemas and replaced old ones. Return False where somebody still reads the old ones.

    Nobody waits behind this, because no name leads to these schemas any more.
    """
    try:
        with connection.transaction():
            connection.execute("select set_config('lock_timeout', %s, true)", [wait])
            connection.execute(read_sql("loaders.dbt_runner", "drop_left_over_schemas"))
    except psycopg.errors.LockNotAvailable:
        print("Tables from before a full refresh are still being read. The next build drops them.", file=sys.stderr)
        return False
    return True


def _create_next_schemas(connection: psycopg.Connection[Any]) -> None:
    try:
        with connection.transaction():
            connection.execute(read_sql("loaders.dbt_runner", "create_next_schemas"))
    except psycopg.errors.InsufficientPrivilege as error:
        raise BuildError(
            "A full refresh may not create schemas in this database. Run as the owner of the database:"
            f' grant create on database "{connection.info.dbname}" to warehouse_transformer;'
        ) from error


def _publish(connection: psycopg.Connection[Any], build_number: int) -> None:
    row = connection.execute("select pg_snapshot_xmax(pg_current_snapshot())::xid::text").fetchone()
    assert row is not None
    swap = read_sql("loaders.dbt_runner", "swap_schemas")
    deadline = time.monotonic() + SWAP_SECONDS
    while True:
        try:
            with connection.transaction():
                connection.execute("select set_config('warehouse.refreshed_before', %s, true)", [row[0]])
                connection.execute(swap)
                connection.execute(ANNOUNCE, [build_number])
            return
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            if time.monotonic() > deadline:
                reason = _sessions_in_the_way(connection) or sentence(error.diag.message_primary)
                raise BuildError(
                    f"The refreshed marts are ready but cannot be published because a session is in the way: {reason}"
                    " End that session or wait for it, then refresh again."
                ) from error
            time.sleep(RETRY_SECONDS)
        except psycopg.Error as error:
            raise BuildError(f"The refreshed marts cannot be published: {sentence(error)}") from error


def _sessions_in_the_way(connection: psycopg.Connection[Any]) -> str | None:
    row = connection.execute(read_sql("loaders.dbt_runner", "sessions_in_the_way")).fetchone()
    return f"{row[0]}." if row and row[0] else None


def _refuse_selection(arguments: Sequence[str]) -> None:
    if arguments[0] not in ("build", "run"):
        raise UsageError("A full refresh rebuilds all marts. Run: warehouse build -- --full-refresh")
    selected = [argument for argument in arguments if argument.split("=")[0] in SELECTIONS]
    if selected:
        raise UsageError(
            f"A full refresh rebuilds all marts, so it takes no {selected[0].split('=')[0]}."
            " Run: warehouse build -- --full-refresh"
        )
