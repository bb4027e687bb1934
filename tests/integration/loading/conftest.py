"""Fixtures of the tests of loading."""

import uuid

import pytest

from tests.support.faults import disturbed, own_server

__all__ = ["disturbed", "grid", "own_server"]


@pytest.fixture
def grid() -> str:
    """A name that no other test uses, so that tests can share a warehouse."""
    return f"grid-{uuid.uuid4()}"
