"""Fixtures of the tests on a Citus cluster."""

from tests.integration.loading.conftest import grid
from tests.support.citus_cluster import distributed, undistributed

__all__ = ["distributed", "grid", "undistributed"]
