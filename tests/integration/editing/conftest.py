"""Fixtures of the tests of editing."""

import uuid
from collections.abc import Iterator

import pytest

from tests.support.edited_grid import DAY, HOUR, NODES, deliver
from tests.support.warehouses import Warehouse


@pytest.fixture
def grid(shared_warehouse: Warehouse) -> str:
    """A grid of its own for each test: two regions, three nodes, a day of load."""
    name = f"grid-{uuid.uuid4().hex[:8]}"
    hours = [DAY + hour * HOUR for hour in range(24)]
    deliver(shared_warehouse, name, NODES, hours, DAY - HOUR)
    return name


@pytest.fixture
def session(shared_warehouse: Warehouse) -> Iterator:
    with shared_warehouse.connect(autocommit=False) as connection:
        yield connection
