"""What the gates say about published data: every impossible hour is named, and the clean nodes are left in peace.

The expected rows are read from the files here, with nothing of the loaders.
"""

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import Warehouse
from test_gates_marts import offending

from loaders.gates import marts_suite
from loaders.ingest import IngestOptions, find_files, ingest_files
from loaders.settings import PROJECT_ROOT

EIA = PROJECT_ROOT.parent / "shared" / "data" / "eia930" / "raw"
pytestmark = pytest.mark.skipif(not EIA.is_dir(), reason=f"the published data are not there: {EIA}")

DIRTY = ["release_2019_Oct/IPCO", "release_2020_Oct/IPCO", "release_2019_Oct/SRP"]
RECENT = "release_2025_Jan_include_subregions"
HOUR = timedelta(hours=1)
Hour = tuple[datetime, str]


def hours_of(file: str) -> Iterator[Hour]:
    """(beginning of the hour, value as text); the files name its end."""
    with gzip.open(EIA / f"{file}.csv.gz", "rt", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            ended = datetime.strptime(row["date_time"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
            yield ended - HOUR, row["demand (MW)"]


@pytest.fixture(scope="module")
def dirty(shared_warehouse: Warehouse) -> Warehouse:
    """Three files with impossible hours, and one release of New York and New England with all their subregions."""
    recent = [str(EIA / RECENT / f"{parent}*.csv.gz") for parent in ("NYIS", "ISNE")]
    paths = find_files([*(str(EIA / f"{file}.csv.gz") for file in DIRTY), *recent])
    outcomes = ingest_files(paths, IngestOptions("eia930", create_missing=True), jobs=2)
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    shared_warehouse.apply_loads()
    return shared_warehouse


def flags(warehouse: Warehouse, file: str, rule: str) -> list[tuple]:
    return warehouse.query(
        "select interval_start, value from raw.flagged_rows inner join raw.loads using (load_id)"
        " where uri like %s and rule = %s order by interval_start",
        f"%{file}.csv.gz",
        rule,
    )


@pytest.mark.parametrize(("file", "count"), [(DIRTY[0], 6), (DIRTY[1], 13), (DIRTY[2], 1)])
def test_every_impossible_hour_is_flagged_and_no_other(dirty: Warehouse, file: str, count: int) -> None:
    numbers = [(start, float(text)) for start, text in hours_of(file) if text not in ("EMPTY", "MISSING")]
    impossible = [(start, value) for start, value in numbers if not -200_000 <= value <= 200_000]
    assert len(impossible) == count
    assert flags(dirty, file, "load_range") == sorted(impossible)


def test_the_wildest_numbers_are_among_them(dirty: Warehouse) -> None:
    flagged = dirty.query("select min(value), max(value) from marts.fct_quality_flags where rule = 'load_range'")
    assert flagged == [(-5_456_847, 139_740_500)]


@pytest.mark.parametrize(("file", "count"), [(DIRTY[0], 153), (DIRTY[1], 185), (DIRTY[2], 4795)])
def test_every_hour_without_a_number_is_flagged(dirty: Warehouse, file: str, count: int) -> None:
    empty = [(start, None) for start, text in hours_of(file) if text in ("EMPTY", "MISSING")]
    assert len(empty) == count
    assert flags(dirty, file, "nulls") == sorted(empty)


def test_show(dirty: Warehouse) -> None:
    for row in dirty.query("select node_name, rule, count(*), min(interval_start), max(interval_start), min(value), max(value) from marts.fct_quality_flags group by 1,2 order by 1,2"):
        print(row)
    print(dirty.query("select uri, status, rows_read, extract(epoch from loaded_at-started_at) from raw.loads"))
    import time
    for e in marts_suite.MARTS.expectations:
        q = e.query.replace("{batch}", marts_suite.MARTS.relation)
        from loaders.gates import check as c
        from loaders.gates.rules import read_rules
        with c._open(read_rules()) as con:
            t = time.monotonic(); r = con.execute(f"select to_jsonb(found) from ({q}) as found").fetchall(); print(e.name, round(time.monotonic()-t,2), len(r), r[:3])
