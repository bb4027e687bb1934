"""Databases on the Citus cluster whose coordinator WAREHOUSE_TEST_DSN names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

import psycopg
import pytest

from loaders.database.connection import connect, connection_info
from loaders.operations.distribution import distribute
from tests.support.warehouses import Warehouse, changed_environment, connect_variables, migrate_in_turn

Node = tuple[str, int]
NODES = "select nodename, nodeport from pg_dist_node where noderole = 'primary' order by groupid"


@cache
def why_no_cluster(dsn: str | None) -> str | None:
    """Return why the tests of Citus cannot run; None where they can."""
    needed = "needs a Citus cluster: WAREHOUSE_TEST_DSN must name the coordinator, with its workers (make citus)"
    if not dsn:
        return needed
    try:
        with psycopg.connect(dsn) as connection:
            return None if len(connection.execute(NODES).fetchall()) > 1 else needed
    except psycopg.Error:
        return needed


def connect_to(node: Node, dbname: str) -> psycopg.Connection[Any]:
    """Connect to a node as the operator."""
    info = replace(connection_info(None), host=node[0], port=node[1], dbname=dbname)
    return psycopg.connect(**info.parameters("warehouse-tests"), autocommit=True)


@contextmanager
def citus_database(name: str) -> Iterator[Warehouse]:
    """A database with the extension on each node and with the schema, of which nothing is distributed yet."""
    with connect(None) as connection:
        nodes = connection.execute(NODES).fetchall()
    _drop(nodes, name)
    for node in nodes:
        with connect_to(node, "postgres") as admin:
            admin.execute(f'create database "{name}"')
        with connect_to(node, name) as admin:
            admin.execute("create extension citus")
    with changed_environment(**{**connect_variables(), "PGDATABASE": name}):
        with connect(None, autocommit=True) as operator:
            operator.execute("select citus_set_coordinator_host(%s, %s)", nodes[0])
            for node in nodes[1:]:
                operator.execute("select citus_add_node(%s, %s)", node)
        migrate_in_turn()
        yield Warehouse(name)
    _drop(nodes, name)


def _drop(nodes: list[Node], name: str) -> None:
    for node in nodes:
        with connect_to(node, "postgres") as admin:
            admin.execute(f'drop database if exists "{name}" with (force)')


@pytest.fixture
def undistributed(test_server: None) -> Iterator[Warehouse]:
    """A warehouse on the cluster of which nothing is distributed yet."""
    with citus_database(f"test_citus_{os.getpid()}") as made:
        yield made


@pytest.fixture(scope="module")
def distributed(test_server: None) -> Iterator[Warehouse]:
    """A distributed warehouse that the tests of one module share. Few shards, so that loads take little time."""
    with citus_database(f"test_distributed_{os.getpid()}") as made:
        distribute(shards=4)
        yield made
