"""A build whose disk is full changes nothing and says why; the next one completes it."""

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from loaders import embedded_server
from loaders.errors import BuildError
from tests.support.faults import small_disk
from tests.support.warehouses import Warehouse, temporary_database

__all__ = ["small_disk"]
pytestmark = pytest.mark.embedded

HOURS = pd.date_range("2026-03-01", periods=700, freq="1h", tz="UTC")
DAYS = 20
PUBLISHED = "select count(*) from marts.fct_measure_revisions"
DIFFERENCE = """
with stored as (select series_id, interval_start, collected_at, value from raw.measures),
published as (select series_id, interval_start, collected_at, value from marts.fct_measure_revisions)
select count(*) from ((table stored except table published) union all (table published except table stored)) as rows
"""


def test_a_full_disk_fails_the_build_and_the_next_one_completes_it(
    built_template: str, small_disk: Callable[[int], Path]
) -> None:
    place = small_disk(1)
    owner = embedded_server.status().data_directory.stat()
    os.chown(place, owner.st_uid, owner.st_gid)
    with Warehouse("postgres").connect(None) as admin:
        admin.execute(f"create tablespace small location '{place}'")
        admin.execute("grant create on tablespace small to public")
        try:
            with temporary_database("test_own", built_template) as warehouse:
                warehouse.deliver(rows())
                # The partition of a month is new, so it is made there; what is there already stays where it is.
                admin.execute(f'alter database "{warehouse.name}" set default_tablespace to small')
                with pytest.raises(BuildError, match="No space left on device"):
                    warehouse.apply_loads()
                assert warehouse.query(PUBLISHED) == [(0,)]
                small_disk(200)
                warehouse.apply_loads()
                assert warehouse.query(DIFFERENCE) == [(0,)]
                assert warehouse.query(PUBLISHED) == [(DAYS * len(HOURS),)]
        finally:
            admin.execute("drop tablespace small")


def rows() -> pd.DataFrame:
    """More than the small disk holds: a month of hours, collected on 20 days."""
    names = {"grid": "G", "region": "R", "node": "N", "metric": "load", "value": 1.0}
    first = HOURS[-1]
    return pd.concat(
        pd.DataFrame({**names, "interval_start": HOURS, "collected_at": first + pd.Timedelta(days=day)})
        for day in range(DAYS)
    )
