"""A warehouse of version 0.1 with data in it: its dump is restored, then brought up to date."""

from collections.abc import Iterator

import psycopg
import pytest

from loaders.database.connection import connect
from loaders.database.migrations import migrate
from tests.support.old_warehouse import restored_old_warehouse
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.sql


@pytest.fixture
def old_warehouse(test_server: None) -> Iterator[Warehouse]:
    with restored_old_warehouse() as restored:
        yield restored


def test_an_old_warehouse_keeps_its_rows_and_gets_owners_rights_and_logins(old_warehouse: Warehouse) -> None:
    counts = "select count(*), count(distinct load_id), sum(value) from raw.measures"
    before = old_warehouse.query(counts)
    assert migrate()[0] == "0007_deliveries.sql"
    assert migrate() == []
    assert old_warehouse.query(counts) == before
    units = "select count(*), count(*) filter (where series.unit = metrics.unit) from raw.series"
    assert old_warehouse.query(f"{units} join raw.metrics using (metric)") == [(4, 4)]
    owners = old_warehouse.query(
        "select distinct pg_get_userbyid(relowner) from pg_class where relnamespace = 'raw'::regnamespace"
    )
    assert owners == [("warehouse_owner",)]
    decisions = old_warehouse.query(
        "select load_id, status, decided_by from raw.load_events where decided_by is not null order by event_id"
    )
    assert (5, "withdrawn", "person") in decisions
    assert (6, "held", "gate") in decisions


def test_the_loader_works_on_an_old_warehouse_and_can_change_no_row_of_it(old_warehouse: Warehouse) -> None:
    migrate()
    old_warehouse.set_status(5, "accepted")
    assert old_warehouse.query("select status from raw.loads where load_id = 5") == [("accepted",)]
    for statement in (
        "delete from raw.measures",
        "drop table raw.measures_2024_03",
        "update raw.loads set source = ''",
    ):
        with connect() as loader, pytest.raises(psycopg.errors.InsufficientPrivilege):
            loader.execute(statement)
