"""Distribute raw.measures over the nodes of a Citus cluster, and show how the tables lie there."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from loaders.archive.archived_months import name_months, read_archived
from loaders.database.advisory_locks import ARCHIVE_LOCK, BUILD_LOCK, take_lock
from loaders.database.citus import has_citus, is_distributed
from loaders.database.connection import connect
from loaders.database.logins import OWNER
from loaders.database.migrations import migrate
from loaders.database.sql_files import read_sql
from loaders.errors import ServerError, UsageError
from loaders.messages import one_line

PACKAGE = "loaders.operations"
DEFAULT_SHARDS = 32
# In this order: a load needs the others as soon as raw.measures is distributed.
TABLES = {
    "raw.archived_months": "create_reference_table(%(name)s)",
    "raw.archived_loads": "create_reference_table(%(name)s)",
    "raw.staged_rows": "create_distributed_table(%(name)s, 'series_id', shard_count => %(shards)s)",
    "raw.measures": "create_distributed_table(%(name)s, 'series_id', colocate_with => 'raw.staged_rows')",
}
IS_DONE = """
select exists (
    select from pg_dist_partition
    where logicalrelid = %(name)s::regclass and (partmethod = 'h' or repmodel = 't')
)
"""


@dataclass(frozen=True)
class Distribution:
    """Where the tables lie. nodes, tables: one dict for each; sizes in bytes, skew: the largest shard to the mean."""

    nodes: list[dict[str, Any]]
    tables: list[dict[str, Any]]


def distribute(shards: int | None = None) -> list[str]:
    """Distribute the tables that are not distributed yet; returns their names.

    Each table is one transaction, so what was interrupted is completed by the next call. Loads and builds wait
    meanwhile. shards: how many parts; None means 32, or as many as there are. Acts as the operator. Raises ServerError,
    or UsageError for another number of shards than there are.
    """
    with connect(None, autocommit=True) as connection:
        _require_cluster(connection)
        if not take_lock(connection, BUILD_LOCK):
            raise ServerError("A build is running in this warehouse. Wait until it has ended, then try again.")
        migrate()
        try:
            connection.execute("select pg_advisory_lock(%s)", [ARCHIVE_LOCK])
            _require_no_archive(connection)
            return _distribute(connection, shards)
        except psycopg.Error as error:
            raise ServerError(
                f"The tables could not be distributed ({one_line(error)}). Each is as before, or distributed. Fix the"
                " cause and run it again."
            ) from error


def read_distribution() -> Distribution | None:
    """Return where the tables lie; None where they are not distributed. Acts as the operator. Raises ServerError."""
    with connect(None, autocommit=True) as connection:
        if not is_distributed(connection):
            return None
        with connection.cursor(row_factory=dict_row) as cursor:
            nodes = cursor.execute(read_sql(PACKAGE, "cluster_nodes")).fetchall()
            tables = cursor.execute(read_sql(PACKAGE, "distributed_tables")).fetchall()
    return Distribution(nodes, tables)


def _require_cluster(connection: psycopg.Connection[Any]) -> None:
    if not has_citus(connection):
        raise ServerError(
            f"The database {connection.info.dbname} does not have the extension citus, so nothing can be distributed."
            " Install Citus on all nodes, then run there: create extension citus;"
        )
    if not _scalar(connection, "select rolsuper from pg_roles where rolname = current_user"):
        raise ServerError("Only a superuser may distribute the tables. Connect as one.")
    if not _scalar(connection, "select exists (select from pg_dist_node where groupid = 0)"):
        raise ServerError(
            "The cluster does not have the address of its coordinator. Enter it with: "
            "select citus_set_coordinator_host('ADDRESS', PORT);"
        )
    if not _scalar(connection, "select exists (select from pg_dist_node where shouldhaveshards and isactive)"):
        raise ServerError("The cluster has no worker. Add one with: select citus_add_node('ADDRESS', PORT);")


def _require_no_archive(connection: psycopg.Connection[Any]) -> None:
    archived = read_archived(connection)
    if archived:
        months = name_months([one.month for one in archived])
        raise ServerError(
            f"The revisions of {months} are archived, and could not be brought back from distributed tables. Bring them"
            " back first: warehouse unarchive --all"
        )


def _distribute(connection: psycopg.Connection[Any], shards: int | None) -> list[str]:
    present = _scalar(
        connection, "select count(*) from pg_dist_shard where logicalrelid = to_regclass('raw.staged_rows')"
    )
    if present and shards not in (None, present):
        raise UsageError(
            f"The tables have {present} shards already. Change the number with: select alter_distributed_table("
            f"'raw.measures', shard_count => {shards}, cascade_to_colocated => true);"
        )
    # Functions of the schema ledger read and write as the owner, on the workers too. It has no password.
    connection.execute(sql.SQL("alter role {} login").format(sql.Identifier(OWNER)))
    connection.execute(read_sql(PACKAGE, "prepare_coordinator"))
    connection.execute("set client_min_messages = warning")
    # Before the tables are distributed, so that Citus creates the analyst's login on the nodes that get them.
    connection.execute(read_sql(PACKAGE, "let_analysts_read"))
    done = []
    for name, call in TABLES.items():
        values = {"name": name, "shards": present or shards or DEFAULT_SHARDS}
        if not _scalar(connection, IS_DONE, values):
            connection.execute(f"select {call}", values)
            done.append(name)
    _prepare_workers(connection)
    # What the coordinator had of them before is not read any more.
    for (name,) in connection.execute(read_sql(PACKAGE, "tables_with_local_rows")).fetchall():
        connection.execute("select truncate_local_data_after_distributing_table(%s)", [name])
    return done


def _prepare_workers(connection: psycopg.Connection[Any]) -> None:
    """Give the logins their rights on the database of each worker."""
    query = "select nodename || ':' || nodeport, result from run_command_on_workers(%s) where not success"
    for node, reason in connection.execute(query, [read_sql(PACKAGE, "prepare_worker")]).fetchall():
        raise ServerError(f"The node {node} refuses to change the roles ({one_line(reason)}). Check its log.")


def _scalar(connection: psycopg.Connection[Any], query: str, parameters: dict[str, Any] | None = None) -> Any:
    row = connection.execute(query, parameters).fetchone()
    return None if row is None else row[0]
