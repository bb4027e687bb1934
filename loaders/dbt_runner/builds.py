"""Run dbt commands, one build at a time. A full refresh goes through schemas of its own."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from loaders.database.advisory_locks import BUILD_LOCK
from loaders.database.connection import connect
from loaders.dbt_runner.full_refresh import drop_left_over_schemas, refresh_fully
from loaders.dbt_runner.runner import NodeResult, OnResult, invoke_dbt

CHANGES_ROWS = ("build", "run", "seed", "snapshot")
FULL_REFRESH = ("--full-refresh", "-f")


def build(*arguments: str, quiet: bool = True, on_result: OnResult = lambda node: None) -> list[NodeResult]:
    """Run `dbt build` without unit tests and return what was built and tested, in order.

    Raises BuildError, which names the first model or test that failed and says how many did.
    """
    return run_dbt(["build", *arguments, "--exclude-resource-type", "unit_test"], quiet=quiet, on_result=on_result)


def run_dbt(arguments: Sequence[str], quiet: bool = True, on_result: OnResult = lambda node: None) -> list[NodeResult]:
    """Run any dbt command, with arguments as on dbt's command line, and return the results of its nodes."""
    if arguments[0] not in CHANGES_ROWS:
        return invoke_dbt(arguments, quiet, on_result)
    with _turn_to_build() as connection:
        if any(flag in arguments for flag in FULL_REFRESH) and not _names_target(arguments):
            rest = [argument for argument in arguments if argument not in FULL_REFRESH]
            return refresh_fully(connection, rest, quiet, on_result)
        drop_left_over_schemas(connection)
        return invoke_dbt(arguments, quiet, on_result, holds_build_lock=True)


def _names_target(arguments: Sequence[str]) -> bool:
    return any(argument in ("--target", "-t") or argument.startswith("--target=") for argument in arguments)


@contextmanager
def _turn_to_build() -> Iterator[psycopg.Connection[Any]]:
    """Hold the build lock. The lock belongs to this session, so it ends with the process, however that ends."""
    with connect("warehouse_transformer", autocommit=True) as connection:
        for setting in ("lock_timeout", "statement_timeout", "idle_session_timeout"):
            connection.execute(f"set {setting} = 0")
        if not _try_lock(connection):
            print("Another build is running. This one starts when it has ended.", file=sys.stderr)
            connection.execute("select pg_advisory_lock(%s)", [BUILD_LOCK])
        yield connection


def _try_lock(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("select pg_try_advisory_lock(%s)", [BUILD_LOCK]).fetchone()
    return row is not None and bool(row[0])
