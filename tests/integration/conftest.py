"""Fixtures of the integration tests."""

from tests.support.warehouses import (
    built_template,
    empty_warehouse,
    shared_warehouse,
    test_server,
    warehouse,
)

__all__ = ["built_template", "empty_warehouse", "shared_warehouse", "test_server", "warehouse"]
