"""Warehouses for the tests of Citus, on the cluster whose coordinator WAREHOUSE_TEST_DSN names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import psycopg
import pytest

from tests.support.cluster_nodes import NODES, drop_database
from tests.support.warehouses import Warehouse, migrate_in_turn, new_database, temporary_database


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


@contextmanager
def undistributed_warehouse(kind: str) -> Iterator[Warehouse]:
    """A database of the cluster with the schema, of which nothing is distributed yet."""
    name = f"{kind}_{os.getpid()}"
    drop_database(name)
    with new_database(name) as made:
        migrate_in_turn()
        yield made
    drop_database(name)


@pytest.fixture
def undistributed(test_server: None) -> Iterator[Warehouse]:
    """A warehouse on the cluster of which nothing is distributed yet."""
    with undistributed_warehouse("test_citus") as made:
        yield made


@pytest.fixture(scope="module")
def distributed(test_server: None) -> Iterator[Warehouse]:
    """A distributed warehouse that the tests of one module share."""
    with temporary_database("test_distributed") as made:
        yield made
