"""Fixtures of the tests of the gates."""

import pytest

from tests.support.warehouses import Warehouse


@pytest.fixture(scope="module")
def gated(shared_warehouse: Warehouse) -> Warehouse:
    """A warehouse with a metric that no rule names."""
    with shared_warehouse.connect() as connection:
        connection.execute("insert into raw.metrics (metric, unit, aggregation) values ('temperature', '°C', 'mean')")
    return shared_warehouse
