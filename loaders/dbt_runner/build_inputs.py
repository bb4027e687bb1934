"""What decides the result of a build, so that one that would change nothing need not start."""

import hashlib
from typing import Any

import psycopg

from loaders.database.sql_files import read_sql
from loaders.settings import PROJECT_ROOT

INPUTS = ("dbt_project", "profiles.yml", "loaders/gates/rules.yml")
LEFT_OUT = {"target", "logs", "dbt_packages"}
LAST_INPUTS = "select inputs, passed from raw.builds order by build_number desc limit 1"


def hash_inputs(connection: psycopg.Connection[Any]) -> str:
    """Return a hash of the dbt project, the rules and what raw has. connection: role warehouse_transformer."""
    digest = hashlib.sha256()
    for name in INPUTS:
        path = PROJECT_ROOT / name
        files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
        for file in files:
            relative = file.relative_to(PROJECT_ROOT)
            if not LEFT_OUT & set(relative.parts):
                digest.update(f"{relative}\0".encode() + file.read_bytes() + b"\0")
    row = connection.execute(read_sql("loaders.dbt_runner", "build_inputs")).fetchone()
    digest.update(repr(row).encode())
    return digest.hexdigest()


def is_up_to_date(connection: psycopg.Connection[Any]) -> bool:
    """Return whether the last build passed, built everything, and nothing that decides its result changed since."""
    return connection.execute(LAST_INPUTS).fetchone() == (hash_inputs(connection), True)
