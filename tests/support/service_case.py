"""A small warehouse for the tests of the HTTP service, and clients of a service on it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pandas as pd
import psycopg
from starlette.testclient import TestClient

from loaders.database.api_keys import create_key
from loaders.ingest.shown_resolutions import DeliveryDefaults
from loaders.service.app import create_app
from loaders.service.options import ServiceOptions
from loaders.service.state import READ_STATE
from tests.support.warehouses import Warehouse

Result = TypeVar("Result")

START = pd.Timestamp("2026-01-10T00:00Z")
HOURS = 6
NODES = [
    ("North", "Coast", "Harbour"),
    ("North", "Coast", "Mill"),
    ("North", "Inland", "Quarry"),
    ("South", "Hills", "Dam"),
]
FIRST, SECOND = START - pd.Timedelta(hours=10), START + pd.Timedelta(hours=30)
RANGE = {"start_datetime": "2026-01-10T00:00Z", "end_datetime": "2026-01-11T00:00Z"}
ZONES = {"North": "Europe/Berlin", "South": "UTC"}


def rows(collected: pd.Timestamp, value: float, metric: str = "load") -> pd.DataFrame:
    """Six hours of each node; the value grows by one an hour and by a hundred a node."""
    starts = pd.date_range(START, periods=HOURS, freq="h")
    return pd.DataFrame(
        [
            dict(zip(("grid", "region", "node"), names, strict=True))
            | {"metric": metric, "interval_start": start, "collected_at": collected, "value": value + 100 * node + hour}
            for node, names in enumerate(NODES)
            for hour, start in enumerate(starts)
        ]
    )


def fill(warehouse: Warehouse) -> None:
    """Load the same hours as known at two times, and build the marts."""
    defaults = DeliveryDefaults("plant", create_missing=True, time_zone=ZONES.__getitem__)
    for collected, value in ((FIRST, 10.0), (SECOND, 20.0)):
        warehouse.deliver(rows(collected, value), source="plant", defaults=defaults)
    warehouse.deliver(rows(FIRST, 12.0, "load_forecast"), source="plant", defaults=defaults)
    warehouse.build("--resource-type", "model", "--resource-type", "seed", "--resource-type", "function")


@contextmanager
def client_of(key: str | None = None, address: str = "127.0.0.1", **options: Any) -> Iterator[TestClient]:
    """A client of a service in this process, at an address; with a key, where there is one."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    app = create_app(ServiceOptions(**options))
    with TestClient(
        app, "http://127.0.0.1:8800", raise_server_exceptions=False, headers=headers, client=(address, 50000)
    ) as client:
        yield client


def undisturbed(warehouse: Warehouse, action: Callable[[], Result]) -> Result:
    """Return what an action returns while nobody else writes on the server, such as autovacuum or another test.

    Every write makes new ETags, in whichever database of the server it is.
    """
    for _ in range(100):
        before = warehouse.query(READ_STATE)
        result = action()
        if warehouse.query(READ_STATE) == before:
            return result
    raise AssertionError("somebody else writes all the time")


def keys_of_roles() -> dict[str, str]:
    """A key of each role."""
    return {role: create_key(f"{role} of the tests", role, "tester") for role in ("analyst", "loader", "operator")}


def rows_in_raw(connection: psycopg.Connection[Any]) -> int:
    """How many values are stored."""
    row = connection.execute("select count(*) from raw.measures").fetchone()
    assert row is not None
    return int(row[0])
