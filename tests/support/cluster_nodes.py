"""Databases on every node of the test server, where that is the coordinator of a Citus cluster; else on it alone."""

from dataclasses import replace
from typing import Any

import psycopg
from psycopg import sql

from loaders.database.citus import has_citus
from loaders.database.connection import connect, connection_info
from loaders.database.sql_files import read_sql

Node = tuple[str, int]
NODES = "select nodename, nodeport from pg_dist_node where noderole = 'primary' order by groupid"
# The maintenance daemon of Citus is connected to each database, and comes back when it is needed.
DISCONNECT_ALL = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()"


def cluster_nodes() -> list[Node]:
    """Return the coordinator and the workers of the test server; an empty list for a server without Citus."""
    with connect(None, dbname="postgres") as connection:
        return connection.execute(NODES).fetchall() if has_citus(connection) else []


def connect_to(node: Node, dbname: str) -> psycopg.Connection[Any]:
    """Connect to a node as the operator."""
    info = replace(connection_info(None), host=node[0], port=node[1], dbname=dbname)
    return psycopg.connect(**info.parameters("warehouse-tests"), autocommit=True)


def create_database(name: str, template: str | None = None) -> None:
    """Create a database. On a cluster an empty one gets the extension and the workers; a copy has them already."""
    nodes = cluster_nodes()
    if not nodes:
        with connect(None, autocommit=True, dbname="postgres") as admin:
            _create(admin, name, template)
        return
    for node in nodes:
        with connect_to(node, "postgres") as admin:
            _create_apart(admin, name, template)
        with connect_to(node, name) as made:
            if template:
                made.execute(read_sql("loaders.operations", "prepare_worker"))  # rights are not copied with a database
            else:
                made.execute("create extension citus")
    if template is None:
        with connect_to(nodes[0], name) as made:
            made.execute("select citus_set_coordinator_host(%s, %s)", nodes[0])
            for worker in nodes[1:]:
                _add_node(made, worker)


def _add_node(made: psycopg.Connection[Any], worker: Node) -> None:
    """Add a worker. Rarely the connection to a database that was created just now fails; once more it does not."""
    try:
        made.execute("select citus_add_node(%s, %s)", worker)
    except psycopg.errors.InternalError_:
        made.execute("select citus_add_node(%s, %s)", worker)


def _create(admin: psycopg.Connection[Any], name: str, template: str | None) -> None:
    database = sql.Identifier(name)
    if template is None:
        admin.execute(sql.SQL("create database {}").format(database))
    else:  # a copy does not have the rights on the database itself
        admin.execute(sql.SQL("create database {} template {}").format(database, sql.Identifier(template)))
        admin.execute(sql.SQL("grant create on database {} to warehouse_transformer").format(database))


def _create_apart(admin: psycopg.Connection[Any], name: str, template: str | None) -> None:
    """Create a database when nobody is connected to its template. The daemon of Citus may be back at any time."""
    for attempt in range(20):
        admin.execute(DISCONNECT_ALL, [template])
        try:
            return _create(admin, name, template)
        except psycopg.errors.ObjectInUse:
            if attempt == 19:
                raise


def drop_database(name: str) -> None:
    """Drop a database on all nodes, if it is there."""
    statement = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    for node in cluster_nodes():
        with connect_to(node, "postgres") as admin:
            admin.execute(statement)
    with connect(None, autocommit=True, dbname="postgres") as admin:
        admin.execute(statement)
