"""A server of one's own where the operator owns the database, and may neither create roles nor anything else."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from loaders.database.connection import connect
from loaders.database.migrations import migrate
from loaders.database.roles import LIMITS, restrict_public_rights, statements_for_administrator
from loaders.errors import ServerError
from tests.support.cluster_nodes import drop_database
from tests.support.warehouses import changed_environment, connect_variables

ROLES_SQL = Path(__file__).parents[3] / "loaders" / "database" / "sql" / "roles.sql"


@dataclass
class Administrator:
    """The superuser, and the environment of a login as that."""

    environment: dict[str, str]

    def run(self, statements: list[str]) -> None:
        """Run statements. The roles are there already, because they belong to the whole server."""
        with changed_environment(**self.environment), connect(None, autocommit=True) as session:
            for statement in statements:
                try:
                    session.execute(statement)
                except psycopg.errors.DuplicateObject:
                    assert statement.startswith("create role"), statement


@pytest.fixture
def owned(built_template: str, tmp_path: Path) -> Iterator[Administrator]:
    """An empty database and the environment of its owner; yields the administrator, who stays apart."""
    name = f"owned_{uuid.uuid4().hex[:12]}"
    with connect(None, autocommit=True, dbname="postgres") as administrator:
        administrator.execute(f"create role {name} login password 'x'")
        administrator.execute(f"create database {name} owner {name}")
    here = {**connect_variables(), "PGDATABASE": name}
    administrator_of_it = Administrator({**here, "WAREHOUSE_HOME": os.environ["WAREHOUSE_HOME"]})
    try:
        with changed_environment(**{**here, "PGUSER": name, "PGPASSWORD": "x", "WAREHOUSE_HOME": str(tmp_path)}):
            yield administrator_of_it
    finally:
        drop_database(name)
        with connect(None, autocommit=True, dbname="postgres") as administrator:
            administrator.execute(f"drop owned by {name}")
            administrator.execute(f"drop role {name}")


def test_the_operator_is_shown_what_an_administrator_runs_and_then_needs_no_more(owned: Administrator) -> None:
    with pytest.raises(
        ServerError, match=r"may not set up the roles .* Have an administrator run: create role"
    ) as reported:
        migrate()
    with connect(None, autocommit=True) as operator:
        assert operator.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (False,)
        statements = statements_for_administrator(operator)
    assert all(statement in str(reported.value) for statement in statements)
    assert "password" not in str(reported.value).lower()
    owned.run(statements)
    assert migrate()
    assert migrate() == []
    with connect(None, autocommit=True) as operator:
        left = restrict_public_rights(operator)
        assert left
        owned.run(left)
        assert restrict_public_rights(operator) == []


def test_the_statements_set_the_limits_that_the_script_sets() -> None:
    script = ROLES_SQL.read_text(encoding="utf-8")
    for login, limits in LIMITS.items():
        for name, value in limits.items():
            assert f"alter role {login} set {name} to '{value}';" in script
