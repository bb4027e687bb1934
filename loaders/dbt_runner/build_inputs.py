"""What decides the result of a build, so that one builds only what can have changed, or nothing."""

import hashlib
import os
from dataclasses import astuple, dataclass, fields, replace
from importlib.metadata import version
from typing import Any, Literal

import psycopg

from loaders.database.sql_files import read_sql
from loaders.settings import PROJECT_ROOT

INPUTS = ("dbt_project", "profiles.yml", "loaders/gates/rules.yml")
LEFT_OUT = {"target", "logs", "dbt_packages"}
# Variables that dbt reads as options, such as DBT_VARS; these say only where it writes.
DBT_PLACES = {"DBT_TARGET_PATH", "DBT_LOG_PATH", "DBT_TARGET"}
PUBLISHED_TARGET = "warehouse"
# Instead of the hashes of raw after a build of some models. It is unlike every hash, so the next build reads raw.
ONLY_A_PART = "part"
LAST_INPUTS = "select inputs, passed from raw.builds order by build_number desc limit 1"
ToBuild = Literal["nothing", "loads", "data", "everything"]


@dataclass(frozen=True)
class BuildInputs:
    """Hashes of what a build reads, and of what it leaves. project: files and versions; registry and loads: rows of
    raw that count; marts: definitions of the published relations and functions."""

    project: str
    registry: str
    loads: str
    marts: str

    def __str__(self) -> str:
        return " ".join(astuple(self))


def read_inputs(connection: psycopg.Connection[Any]) -> BuildInputs:
    """Return the hashes as of now. connection: role warehouse_transformer."""
    registry, loads = (_hash_rows(connection, query) for query in ("registry_rows", "load_rows"))
    return BuildInputs(hash_project(), registry, loads, hash_marts(connection))


def hash_marts(connection: psycopg.Connection[Any]) -> str:
    """Return a hash of the definitions of all relations and functions in staging and marts."""
    return _hash_rows(connection, "mart_definitions")


def what_to_build(connection: psycopg.Connection[Any], now: BuildInputs) -> ToBuild:
    """Return what can have changed since the last build, if that built everything and passed.

    "data" where only rows of raw changed: definitions, code lists and functions are then as they were. "loads" where
    the registry is as it was, too. Only the published schemas are compared.
    """
    last = _last_inputs(connection)
    if last is None or is_other_target():
        return "everything"
    if last == now:
        return "nothing"
    if (last.project, last.marts) != (now.project, now.marts):
        return "everything"
    return "loads" if last.registry == now.registry else "data"


def is_other_target() -> bool:
    """Return whether dbt builds into other schemas than the published ones, because DBT_TARGET says so."""
    return os.environ.get("DBT_TARGET", PUBLISHED_TARGET) != PUBLISHED_TARGET


def inputs_before_a_part(connection: psycopg.Connection[Any]) -> BuildInputs | None:
    """Return what a build of some models may record, if it leaves the definitions as they are.

    None where something else than raw changed since the last build, so that the next one builds everything.
    """
    last = _last_inputs(connection)
    if last is None or (last.project, last.marts) != (hash_project(), hash_marts(connection)):
        return None
    return replace(last, registry=ONLY_A_PART, loads=ONLY_A_PART)


def _last_inputs(connection: psycopg.Connection[Any]) -> BuildInputs | None:
    """Return the inputs of the last build. None where it failed, or recorded none."""
    row = connection.execute(LAST_INPUTS).fetchone()
    if row is None or row[0] is None or not row[1] or row[0].count(" ") != len(fields(BuildInputs)) - 1:
        return None
    return BuildInputs(*row[0].split(" "))


def is_up_to_date(connection: psycopg.Connection[Any]) -> bool:
    """Return whether a build would change nothing."""
    return what_to_build(connection, read_inputs(connection)) == "nothing"


def hash_project() -> str:
    """Return a hash of the project files, the options of dbt in the environment, and its versions."""
    digest = hashlib.sha256()
    for name in INPUTS:
        path = PROJECT_ROOT / name
        files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
        for file in files:
            relative = file.relative_to(PROJECT_ROOT)
            if not LEFT_OUT & set(relative.parts):
                digest.update(f"{relative}\0".encode() + file.read_bytes() + b"\0")
    options = sorted((name, value) for name, value in os.environ.items() if name.startswith("DBT_"))
    digest.update(repr([option for option in options if option[0] not in DBT_PLACES]).encode())
    digest.update(f"{version('dbt-core')} {version('dbt-postgres')}".encode())
    return digest.hexdigest()


def _hash_rows(connection: psycopg.Connection[Any], query: str) -> str:
    row = connection.execute(read_sql("loaders.dbt_runner", query)).fetchone()
    return hashlib.sha256(repr(row).encode()).hexdigest()
