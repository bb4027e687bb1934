"""The marts of an upgraded warehouse are those of a new one with the same loads, row by row."""

import uuid
from collections.abc import Iterator

import pytest
from psycopg import sql

from loaders.database.connection import connect
from loaders.database.migrations import migrate
from loaders.dbt_runner import build
from tests.support.cluster_nodes import drop_database
from tests.support.old_warehouse import restored_old_warehouse
from tests.support.warehouses import Warehouse, changed_environment, connect_variables

TABLES = """
select relname from pg_class
where
    relnamespace = 'raw'::regnamespace and relkind in ('r', 'p') and not relispartition
    and relname not in ('schema_versions', 'builds', 'runs', 'mart_changes')
"""
RELATIONS = """
select relname from pg_class where relnamespace = 'marts'::regnamespace and relkind in ('r', 'v') order by relname
"""
# What builds saw at other times is history that a new warehouse does not have. The version of the catalogue counts it.
HISTORIES = {"catalog_version", "dim_node_history", "dim_series_history"}
AS_OF = """
select * from marts.measures_as_of('{0}')
union all
select * from marts.measures_as_of(now(), loaded_datetime => '{0}')
"""


@pytest.fixture
def warehouses(test_server: None) -> Iterator[tuple[Warehouse, Warehouse]]:
    """An old warehouse brought up to date by migration and build, and a new one that got the same rows of raw."""
    with restored_old_warehouse() as old:
        migrate()
        build()
        name = f"new_{uuid.uuid4().hex[:12]}"
        with connect(None, autocommit=True, dbname="postgres") as operator:
            operator.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        with changed_environment(**{**connect_variables(), "PGDATABASE": name}):
            migrate()
            copy_raw(old.name, name)
            build()
        yield old, Warehouse(name)
        drop_database(name)


def copy_raw(source_name: str, target_name: str) -> None:
    """Copy all rows of raw as the operator. Foreign keys are not checked: the tables come in any order."""
    with (
        connect(None, autocommit=True, dbname=source_name) as source,
        connect(None, dbname=target_name) as target,
    ):
        target.execute("set local session_replication_role = 'replica'")
        for (month,) in source.execute("select distinct interval_start::date from raw.measures").fetchall():
            target.execute("select ledger.create_month_partition(%s)", [month])
        for (table,) in source.execute(TABLES).fetchall():
            name = sql.Identifier("raw", table)
            description = source.execute(sql.SQL("select * from {} limit 0").format(name)).description or []
            columns = [column.name for column in description]
            listed = sql.SQL(", ").join(map(sql.Identifier, columns))
            target.execute(sql.SQL("delete from {}").format(name))
            with (
                source.cursor().copy(sql.SQL("copy (select {} from {}) to stdout").format(listed, name)) as read,
                target.cursor().copy(sql.SQL("copy {} ({}) from stdin").format(name, listed)) as write,
            ):
                for part in read:
                    write.write(part)


def rows(warehouse: Warehouse, query: str) -> list[str]:
    with connect(None, dbname=warehouse.name) as connection:
        connection.execute("set extra_float_digits = -2")  # sums depend on the order in which numbers are added up
        return sorted(row for (row,) in connection.execute(f"select answer::text from ({query}) as answer"))


def test_every_mart_has_the_same_rows(warehouses: tuple[Warehouse, Warehouse]) -> None:
    old, new = warehouses
    with connect(None, dbname=new.name) as connection:
        relations = [name for (name,) in connection.execute(RELATIONS)]
        times = [f"{at:%Y-%m-%d %H:%M:%S.%f%z}" for (at,) in connection.execute("select loaded_at from raw.loads")]
    compared = 0
    for relation in [name for name in relations if name not in HISTORIES]:
        expected = rows(new, f"select * from marts.{relation}")
        assert rows(old, f"select * from marts.{relation}") == expected, relation
        compared += len(expected)
    assert compared > 100
    for at in times:
        assert rows(old, AS_OF.format(at)) == rows(new, AS_OF.format(at)), at
