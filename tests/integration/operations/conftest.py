"""Fixtures of the tests of operations."""

from tests.support.faults import own_server

__all__ = ["own_server"]
