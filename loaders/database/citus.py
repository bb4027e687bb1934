"""What differs where the tables are distributed over the nodes of a Citus cluster (docs/explanation/scaling.md)."""

from typing import Any

import psycopg

from loaders.errors import ServerError

HAS_CITUS = "select to_regclass('pg_catalog.pg_dist_partition') is not null"
IS_DISTRIBUTED = "select exists (select from pg_dist_partition where logicalrelid = to_regclass('raw.measures'))"


def has_citus(connection: psycopg.Connection[Any]) -> bool:
    """Return whether the database has the extension citus."""
    return connection.execute(HAS_CITUS).fetchone() == (True,)


def is_distributed(connection: psycopg.Connection[Any]) -> bool:
    """Return whether raw.measures is distributed, and with it all that `warehouse db distribute` distributes."""
    return has_citus(connection) and connection.execute(IS_DISTRIBUTED).fetchone() == (True,)


def require_not_distributed(connection: psycopg.Connection[Any], action: str) -> None:
    """Raise ServerError where the tables are distributed. action: what cannot be done there, such as `archive`."""
    if is_distributed(connection):
        raise ServerError(
            f"The tables are distributed over several nodes, and {action} does not work there yet. "
            "docs/explanation/scaling.md says what to do instead."
        )


def define_on_this_node(connection: psycopg.Connection[Any]) -> None:
    """Until the end of the transaction, define objects on this node only. A server without Citus ignores it.

    Roles and the schemas that belong to them cannot reach the other nodes in one transaction. They follow with the
    tables that need them, in `warehouse db distribute`.
    """
    connection.execute("set local citus.enable_ddl_propagation = off")
