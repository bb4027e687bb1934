"""What the gates say about published data: every impossible hour is named, and the clean nodes are left in peace.

The expected rows are read from the files here, with nothing of the loaders.
"""

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loaders.files import find_files
from loaders.formats import format_named
from loaders.gates.results import SqlExpectation
from loaders.gates.suites import marts as marts_suite
from loaders.ingest.pipeline import IngestOptions, ingest_file, ingest_files
from loaders.settings import PROJECT_ROOT
from tests.support.gate_cases import failed_rows
from tests.support.mart_rules import SHIPPED, offending
from tests.support.warehouses import Warehouse

EIA = PROJECT_ROOT.parent / "shared" / "data" / "eia930" / "raw"
pytestmark = pytest.mark.skipif(not EIA.is_dir(), reason=f"the published data are not there: {EIA}")

DIRTY = ["release_2019_Oct/IPCO", "release_2020_Oct/IPCO", "release_2019_Oct/SRP"]
RECENT = "release_2025_Jan_include_subregions"
HOUR = timedelta(hours=1)
NOTHING = ("EMPTY", "MISSING")
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
    outcomes = ingest_files(paths, IngestOptions(format="eia930", create_missing=True), jobs=2)
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
    numbers = [(start, float(text)) for start, text in hours_of(file) if text not in NOTHING]
    impossible = [(start, value) for start, value in numbers if not -200_000 <= value <= 200_000]
    assert len(impossible) == count
    assert flags(dirty, file, "load_range") == sorted(impossible)


def test_the_wildest_numbers_are_among_them(dirty: Warehouse) -> None:
    flagged = dirty.query("select min(value), max(value) from marts.fct_quality_flags where rule = 'load_range'")
    assert flagged == [(-5_456_847, 139_740_500)]


@pytest.mark.parametrize(("file", "count"), [(DIRTY[0], 153), (DIRTY[1], 185), (DIRTY[2], 4795)])
def test_every_hour_without_a_number_is_flagged(dirty: Warehouse, file: str, count: int) -> None:
    empty = [(start, None) for start, text in hours_of(file) if text in NOTHING]
    assert len(empty) == count
    assert flags(dirty, file, "nulls") == sorted(empty)


def test_on_twenty_one_clean_nodes_there_is_no_false_alarm(dirty: Warehouse) -> None:
    files = sorted(path for parent in ("NYIS", "ISNE") for path in (EIA / RECENT).glob(f"{parent}*.csv.gz"))
    names = [path.name.removesuffix(".csv.gz") for path in files]
    empty = {name: sum(text in NOTHING for _, text in hours_of(f"{RECENT}/{name}")) for name in names}
    assert len(names) == 21
    assert sum(empty.values()) == 40
    flagged = dirty.query(
        "select node_name, rule, count(*)::integer from marts.fct_quality_flags where node_name = any(%s)"
        " group by node_name, rule",
        names,
    )
    assert sorted(flagged) == sorted((name, "nulls", count) for name, count in empty.items() if count)


def test_no_load_of_them_is_held(dirty: Warehouse) -> None:
    assert dirty.query("select status, count(*) from raw.loads group by status") == [("accepted", 24)]


def test_the_shipped_rules_have_nothing_to_say_of_the_marts(dirty: Warehouse, tmp_path: Path) -> None:
    by_sql = [item for item in marts_suite.MARTS.expectations if isinstance(item, SqlExpectation)]
    assert len(by_sql) == 11
    for expectation in by_sql:
        assert offending(dirty, expectation, tmp_path, SHIPPED) == [], expectation.name


def test_subregions_that_miss_their_parent_are_reported_with_the_median(dirty: Warehouse, tmp_path: Path) -> None:
    def reported(tolerance: float) -> list[str]:
        adding = {"kind": "reconciliation", "metrics": ["load"], "share_allowed": 0.05, "over_last": "P7300D"}
        entries = [
            {
                **adding,
                "name": grid,
                "grid": grid,
                "node": grid,
                "children": f"{grid} subregions",
                "tolerance": tolerance,
            }
            for grid in ("ISNE", "NYIS")
        ]
        return [row["finding"] for row in offending(dirty, marts_suite.CHILDREN_ADD_UP, tmp_path, entries)]

    # New York misses by 7 MW in the worst twentieth of its hours, New England by 1,215 MW.
    assert reported(1220) == []
    [isne] = reported(8)
    assert "of 43843 intervals" in isne
    assert isne.endswith("the median difference is 296 MW")
    assert [finding.split("median")[1] for finding in reported(4)] == [
        " difference is 296 MW",
        " difference is 5 MW",
    ]


@pytest.mark.parametrize(
    ("file", "counted"),  # with awk, from the files
    [
        ("release_2019_Oct/IPCO", {"load_range": 6, "load_jump": 22, "nulls": 153}),
        ("release_2020_Oct/IPCO", {"load_range": 13, "load_jump": 10, "nulls": 185}),
        ("release_2019_Oct/SWPP", {"load_flat_line": 655, "nulls": 50}),
        ("release_2025_Jan_include_subregions/EPE", {"nulls": 6}),
        ("release_2025_Jan_include_subregions/IPCO", {"nulls": 2}),
    ],
)
def test_the_impossible_hours_of_published_files_are_counted_and_hold_none_of_them(
    warehouse: Warehouse, file: str, counted: dict[str, int]
) -> None:
    source = format_named("eia930")
    result, verdict = ingest_file(EIA / f"{file}.csv.gz", source, IngestOptions(format="eia930", create_missing=True))
    assert verdict.passed
    assert failed_rows(warehouse, result.load_id) == counted
