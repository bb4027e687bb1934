"""Run dbt commands, one build at a time. A full refresh goes through schemas of its own."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg

from loaders.database.advisory_locks import BUILD_LOCK
from loaders.database.connection import connect
from loaders.dbt_runner.archived_months import bring_back_changed_months, refuse_to_refresh_archived
from loaders.dbt_runner.build_inputs import (
    BuildInputs,
    hash_marts,
    inputs_before_a_part,
    is_other_target,
    read_inputs,
    what_to_build,
)
from loaders.dbt_runner.full_refresh import drop_left_over_schemas, refresh_fully
from loaders.dbt_runner.runner import NodeResult, OnResult, invoke_dbt
from loaders.errors import BuildError

CHANGES_ROWS = ("build", "run", "seed", "snapshot")
FULL_REFRESH = ("--full-refresh", "-f")
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
# By what changed, in dbt_project/selectors.yml.
SELECTORS = {"data": ("--selector", "what_data_changes"), "loads": ("--selector", "what_loads_change")}
NEXT_NUMBER = "select nextval('raw.builds_build_number_seq'), clock_timestamp()"
RECORD = """
insert into raw.builds (build_number, started_at, passed, nodes, inputs) overriding system value
values (%s, %s, %s, %s, %s)
"""


def build(
    *arguments: str, quiet: bool = True, on_result: OnResult = lambda node: None, force: bool = False
) -> list[NodeResult]:
    """Run `dbt build` without unit tests and return what was built and tested, in order.

    Without arguments, only what can have changed is built: nothing where neither the project nor raw changed since a
    build that passed, and no views, functions and seeds where only raw changed. force: build everything.
    Raises BuildError, which names the first model or test that failed and says how many did.
    """
    command = ["build", *arguments, *WITHOUT_UNIT_TESTS]
    if arguments or force:
        return run_dbt(command, quiet=quiet, on_result=on_result)
    with _turn_to_build() as connection:
        with _old_schema_as_build_error():
            inputs = read_inputs(connection)
            needed = what_to_build(connection, inputs)
        if needed == "nothing":
            return []
        narrowed = [*command, *SELECTORS.get(needed, ())]
        with _recorded(connection, not is_other_target(), inputs) as (build_number, results):
            drop_left_over_schemas(connection)
            project = None if is_other_target() else inputs.project
            results += invoke_dbt(narrowed, quiet, on_result, build_number, project)
        return results


def run_dbt(arguments: Sequence[str], quiet: bool = True, on_result: OnResult = lambda node: None) -> list[NodeResult]:
    """Run any dbt command, with arguments as on dbt's command line, and return the results of its nodes."""
    if arguments[0] not in CHANGES_ROWS:
        return invoke_dbt(arguments, quiet, on_result)
    with _turn_to_build() as connection:
        with _recorded(connection, _builds_everything(arguments)) as (build_number, results):
            if any(flag in arguments for flag in FULL_REFRESH) and not _names_target(arguments):
                refuse_to_refresh_archived(connection)
                rest = [argument for argument in arguments if argument not in FULL_REFRESH]
                results += refresh_fully(connection, build_number, rest, quiet, on_result)
            else:
                drop_left_over_schemas(connection)
                results += invoke_dbt(arguments, quiet, on_result, build_number)
        return results


@contextmanager
def _recorded(
    connection: psycopg.Connection[Any], builds_everything: bool, inputs: BuildInputs | None = None
) -> Iterator[tuple[int, list[NodeResult]]]:
    """Add a row to raw.builds, also for a build that fails; yields its number and the list for its results.

    inputs: by which it was decided what to build. What changed since is for the next build.
    """
    with _old_schema_as_build_error():
        row = connection.execute(NEXT_NUMBER).fetchone()
    assert row is not None
    build_number, started_at = row
    # Taken before the build: what changes while it runs is for the next one.
    if not builds_everything:
        inputs = inputs_before_a_part(connection)
    elif inputs is None:
        inputs = read_inputs(connection)
    results: list[NodeResult] = []
    passed = False
    try:
        yield build_number, results
        passed = True
    finally:
        # After a lost connection the error of the build is the one to report.
        if not connection.broken:
            if inputs is not None:
                marts = hash_marts(connection)
                # A part that changed definitions may have dropped some that it does not build.
                inputs = replace(inputs, marts=marts) if builds_everything or inputs.marts == marts else None
            values = [build_number, started_at, passed, len(results), inputs and str(inputs)]
            connection.execute(RECORD, values)


@contextmanager
def _old_schema_as_build_error() -> Iterator[None]:
    try:
        yield
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege) as error:
        raise BuildError("The database schema is older than this code. Run: warehouse db start") from error


def _builds_everything(arguments: Sequence[str]) -> bool:
    rest = [argument for argument in arguments if argument not in FULL_REFRESH]
    return rest == ["build", *WITHOUT_UNIT_TESTS] and not is_other_target()


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
        with _old_schema_as_build_error():
            bring_back_changed_months(connection)
        yield connection


def _try_lock(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("select pg_try_advisory_lock(%s)", [BUILD_LOCK]).fetchone()
    return row is not None and bool(row[0])
