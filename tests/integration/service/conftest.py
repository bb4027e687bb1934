"""Fixtures of the tests of the HTTP service: one small warehouse per module, which tests only add to."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.support.service_case import client_of, fill, keys_of_roles
from tests.support.warehouses import Warehouse


@pytest.fixture(scope="module")
def filled(shared_warehouse: Warehouse) -> Warehouse:
    """The warehouse of `service_case`."""
    fill(shared_warehouse)
    return shared_warehouse


@pytest.fixture(scope="module")
def keys(filled: Warehouse) -> dict[str, str]:
    """A key of each role."""
    return keys_of_roles()


@pytest.fixture(scope="module")
def client(filled: Warehouse) -> Iterator[TestClient]:
    """A program on this machine, without a key."""
    with client_of() as opened:
        yield opened
