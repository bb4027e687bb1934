"""Fixtures of the integration tests, and what a server of one's own (WAREHOUSE_TEST_DSN) cannot run."""

import os

import pytest

from tests.support.citus_cluster import why_no_cluster
from tests.support.seed_week import seed_week, seed_week_template
from tests.support.warehouses import (
    built_template,
    empty_warehouse,
    shared_warehouse,
    test_server,
    warehouse,
)

# The workers take whole files in this order; a long one at the end would leave the other worker without work.
LONGEST = (
    "project/test_make_up.py",
    "browser/test_hostile_names.py",
    "notebooks/test_notebooks.py",
    "browser/test_jupyterlab.py",
    "loading/test_published_files.py",
    "loading/test_killed_loaders.py",
    "loading/test_server_faults.py",
    "dbt/test_builds.py",
    "dbt/test_dbt_project.py",
    "gates/test_mart_rules.py",
    "marts/test_exact.py",
    "marts/test_interrupted_builds.py",
    "marts/test_match_brute_force.py",
)

__all__ = [
    "built_template",
    "empty_warehouse",
    "seed_week",
    "seed_week_template",
    "shared_warehouse",
    "test_server",
    "warehouse",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=place_in_order)
    missing = why_no_cluster(os.environ.get("WAREHOUSE_TEST_DSN"))
    for item in items:
        if missing and item.get_closest_marker("citus"):
            item.add_marker(pytest.mark.skip(reason=missing))
        elif not missing and (marker := item.get_closest_marker("one_server")):
            item.add_marker(pytest.mark.skip(reason=f"on distributed tables: {marker.args[0]}"))
    if os.environ.get("WAREHOUSE_TEST_DSN"):
        reason = "is about an embedded server, and WAREHOUSE_TEST_DSN names a server of one's own"
        for item in items:
            if item.get_closest_marker("embedded"):
                item.add_marker(pytest.mark.skip(reason=reason))


def place_in_order(item: pytest.Item) -> int:
    """Unit tests, then the longest files of integration tests, then the others."""
    if "integration" not in item.path.parts:
        return 0
    name = "/".join(item.path.parts[-2:])
    return 1 + LONGEST.index(name) if name in LONGEST else 1 + len(LONGEST)
