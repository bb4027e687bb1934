"""What decides the result of a build, so that one builds only what can have changed, or nothing."""

import hashlib
import os
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

import psycopg

from loaders.database.sql_files import read_sql
from loaders.settings import PROJECT_ROOT

INPUTS = ("dbt_project", "profiles.yml", "loaders/gates/rules.yml")
LEFT_OUT = {"target", "logs", "dbt_packages"}
# Variables that dbt reads as options, such as DBT_TARGET; these say only where it writes.
DBT_FOLDERS = {"DBT_TARGET_PATH", "DBT_LOG_PATH"}
LAST_INPUTS = "select inputs, passed from raw.builds order by build_number desc limit 1"
ToBuild = Literal["nothing", "data", "everything"]


@dataclass(frozen=True)
class BuildInputs:
    """Hashes of what a build reads, and of what it leaves. project: files and versions; raw: rows that count;
    marts: definitions of the published relations and functions."""

    project: str
    raw: str
    marts: str

    def __str__(self) -> str:
        return f"{self.project} {self.raw} {self.marts}"


def read_inputs(connection: psycopg.Connection[Any]) -> BuildInputs:
    """Return the hashes as of now. connection: role warehouse_transformer."""
    return BuildInputs(_hash_project(), _hash_rows(connection, "raw_rows"), hash_marts(connection))


def hash_marts(connection: psycopg.Connection[Any]) -> str:
    """Return a hash of the definitions of all relations and functions in staging and marts."""
    return _hash_rows(connection, "mart_definitions")


def what_to_build(connection: psycopg.Connection[Any]) -> ToBuild:
    """Return what can have changed since the last build, if that built everything and passed.

    "data" where only rows of raw changed: definitions, code lists and functions are then as they were.
    """
    row = connection.execute(LAST_INPUTS).fetchone()
    now = read_inputs(connection)
    if row is None or row[0] is None or not row[1]:
        return "everything"
    if row[0] == str(now):
        return "nothing"
    project, _, marts = row[0].split(" ") if row[0].count(" ") == 2 else ("", "", "")
    return "data" if (project, marts) == (now.project, now.marts) else "everything"


def is_up_to_date(connection: psycopg.Connection[Any]) -> bool:
    """Return whether a build would change nothing."""
    return what_to_build(connection) == "nothing"


def _hash_project() -> str:
    digest = hashlib.sha256()
    for name in INPUTS:
        path = PROJECT_ROOT / name
        files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
        for file in files:
            relative = file.relative_to(PROJECT_ROOT)
            if not LEFT_OUT & set(relative.parts):
                digest.update(f"{relative}\0".encode() + file.read_bytes() + b"\0")
    options = sorted((name, value) for name, value in os.environ.items() if name.startswith("DBT_"))
    digest.update(repr([option for option in options if option[0] not in DBT_FOLDERS]).encode())
    digest.update(f"{version('dbt-core')} {version('dbt-postgres')}".encode())
    return digest.hexdigest()


def _hash_rows(connection: psycopg.Connection[Any], query: str) -> str:
    row = connection.execute(read_sql("loaders.dbt_runner", query)).fetchone()
    return hashlib.sha256(repr(row).encode()).hexdigest()
