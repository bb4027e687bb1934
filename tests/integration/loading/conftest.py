"""Fixtures of the tests of loading."""

import uuid

import pytest

from tests.support.faults import disturbed, own_server, small_disk

__all__ = ["disturbed", "grid", "own_server", "small_disk"]


@pytest.fixture
def grid() -> str:
    """A name that no other test uses, so that tests can share a warehouse."""
    return f"grid-{uuid.uuid4()}"
