"""A warehouse of version 0.1 with data in it, restored from its dump."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loaders.database.connection import connect
from tests.support.cluster_nodes import drop_database
from tests.support.warehouses import Warehouse, changed_environment, connect_variables

# Made by version 0.1 on PostgreSQL 15: accepted, held and withdrawn loads, a redelivered row, a correction, a rename.
DUMP = Path(__file__).parents[1] / "fixtures" / "warehouse_0.1.sql"
ROLES = ("warehouse_loader", "warehouse_transformer", "warehouse_analyst")


@contextmanager
def restored_old_warehouse() -> Iterator[Warehouse]:
    """Restore the dump into a database of its own, which the environment names inside."""
    name = f"old_{uuid.uuid4().hex[:12]}"
    with connect(None, autocommit=True, dbname="postgres") as operator:
        operator.execute(f'create database "{name}"')
        for role in ROLES:
            if operator.execute("select from pg_roles where rolname = %s", [role]).fetchone() is None:
                operator.execute(f"create role {role} nologin")
    with connect(None, autocommit=True, dbname=name) as operator:
        operator.execute(DUMP.read_text(encoding="utf-8"))
    with changed_environment(**{**connect_variables(), "PGDATABASE": name}):
        yield Warehouse(name)
    drop_database(name)
