"""Published data, from files to marts, and what the gates say about them.

Facts about the files were established apart from this project, or are read from the files with nothing of the loaders.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from loaders.formats import format_named
from loaders.gates.results import SqlExpectation
from loaders.gates.suites import marts as marts_suite
from loaders.ingest.pipeline import IngestOptions, ingest_file
from tests.support.gate_cases import failed_rows
from tests.support.mart_rules import LEFT_OUT_ON_CITUS, SHIPPED, offending
from tests.support.published_files import EIA, NOTHING, hours_of, ingest, needs_published_data
from tests.support.warehouses import Warehouse

pytestmark = needs_published_data

DIRTY = ["release_2019_Oct/IPCO", "release_2020_Oct/IPCO", "release_2019_Oct/SRP"]
RECENT = "release_2025_Jan_include_subregions"
IPCO = ("IPCO", datetime(2020, 1, 22, 13, tzinfo=UTC))  # interval_start is one hour before the file's hour-ending time
WITHDRAWN = ("SWPP", datetime(2018, 1, 13, 6, tzinfo=UTC))
BACKFILLED = ("SWPP", datetime(2019, 6, 25, 4, tzinfo=UTC))


@pytest.fixture(scope="module")
def published(shared_warehouse: Warehouse) -> Warehouse:
    """All 66 EIA-930 files and the six zonal load forecasts of ISO New England, built."""
    ingest(Path("eia930/raw"), "eia930")
    ingest(Path("isone/reliabilityregionloadforecast_*.json"), "isone-load-forecast")
    shared_warehouse.apply_loads()
    return shared_warehouse


def test_every_row_of_every_eia_file_is_stored_and_accounted_for(published: Warehouse) -> None:
    loads = published.query(
        "select count(*), sum(rows_read), sum(rows_inserted), sum(rows_duplicate), sum(rows_rejected)"
        " from marts.dim_load where source = 'eia930'"
    )
    assert loads == [(66, 2_159_125, 2_159_125, 0, 0)]
    assert published.query("select count(*), min(collected_at_basis) from marts.dim_load where source = 'eia930'") == [
        (66, "observed")
    ]


def test_revisions_of_the_eia_files_are_counted_right_in_the_marts(published: Warehouse) -> None:
    chains = published.query("""
        with chains as (
            select
                series_id,
                interval_start,
                count(*) as revisions,
                count(distinct value) as numbers,
                count(distinct value) + (count(*) > count(value))::integer as values
            from marts.fct_measure_revisions
            where source = 'eia930'
            group by series_id, interval_start
        )
        select
            count(distinct series_id), count(*), sum(revisions), count(*) filter (where revisions > 1),
            count(*) filter (where values > 1), count(*) filter (where numbers > 1)
        from chains
    """)
    assert chains == [(26, 1_624_800, 2_159_125, 447_301, 51_844, 38_884)]
    assert published.query("select count(*) from marts.fct_measures_latest where source = 'eia930'") == [(1_624_800,)]


@pytest.mark.parametrize(
    ("place", "values"), [(IPCO, [2158, 2158, 1946]), (WITHDRAWN, [30344, None]), (BACKFILLED, [None, 29225, 29225])]
)
def test_an_hour_of_the_eia_files_evolved_as_published(published: Warehouse, place: tuple, values: list) -> None:
    reported = published.query(
        "select value from marts.fct_measure_revisions"
        " where node_name = %s and interval_start = %s and source = 'eia930' order by collected_at",
        *place,
    )
    assert [value for (value,) in reported] == values


@pytest.mark.parametrize(
    ("moment", "withdrawn", "backfilled", "ipco"),
    [
        (datetime(2020, 1, 1, tzinfo=UTC), [30344], [None], []),
        (datetime(2020, 12, 1, tzinfo=UTC), [None], [29225], [2158]),
        (datetime(2026, 1, 1, tzinfo=UTC), [None], [29225], [1946]),
    ],
)
def test_what_was_known_of_three_eia_hours(
    published: Warehouse, moment: datetime, withdrawn: list, backfilled: list, ipco: list
) -> None:
    def known(place: tuple) -> list:
        rows = published.query(
            "select value from marts.measures_as_of(%s, %s, %s + interval '1 hour') where node_name = %s",
            moment,
            place[1],
            place[1],
            place[0],
        )
        return [value for (value,) in rows]

    assert (known(WITHDRAWN), known(BACKFILLED), known(IPCO)) == (withdrawn, backfilled, ipco)


def test_the_zonal_forecasts_of_iso_new_england_hold_their_short_and_long_days(published: Warehouse) -> None:
    rows = published.query("""
        select count(*), count(distinct node_name), count(distinct interval_start)
        from marts.fct_measure_revisions where source = 'isone'
    """)
    assert rows == [(7_240, 8, 144)]
    publications = published.query("""
        select min(publications), max(publications) from (
            select count(*) as publications from marts.fct_measure_revisions where source = 'isone'
            group by series_id, interval_start
        ) as chains
    """)
    assert publications == [(4, 9)]
    days = published.query("""
        select (interval_start at time zone 'America/New_York')::date::text, count(distinct interval_start)
        from marts.fct_measures_latest where source = 'isone' group by 1 order by 1
    """)
    assert dict(days) == {
        "2023-05-01": 24,
        "2023-05-02": 24,
        "2024-03-09": 24,
        "2024-03-10": 23,
        "2024-11-02": 24,
        "2024-11-03": 25,
    }


def test_the_first_repeated_hour_of_maine_evolved_as_published(published: Warehouse) -> None:
    reported = published.query("""
        select value from marts.fct_measure_revisions
        where node_name = '.Z.MAINE' and interval_start = '2024-11-03T01:00-04:00' order by collected_at
    """)
    assert [value for (value,) in reported] == [1042.659, 1040.276, 1030.014, 1033.891, 1033.891]


def flags(warehouse: Warehouse, file: str, rule: str) -> list[tuple]:
    return warehouse.query(
        "select interval_start, value from raw.flagged_rows inner join raw.loads using (load_id)"
        " where uri like %s and rule = %s order by interval_start",
        f"%{file}.csv.gz",
        rule,
    )


@pytest.mark.parametrize(("file", "count"), [(DIRTY[0], 6), (DIRTY[1], 13), (DIRTY[2], 1)])
def test_every_impossible_hour_is_flagged_and_no_other(published: Warehouse, file: str, count: int) -> None:
    numbers = [(start, float(text)) for start, text in hours_of(file) if text not in NOTHING]
    impossible = [(start, value) for start, value in numbers if not -200_000 <= value <= 200_000]
    assert len(impossible) == count
    assert flags(published, file, "load_range") == sorted(impossible)


def test_the_wildest_numbers_are_among_them(published: Warehouse) -> None:
    flagged = published.query("select min(value), max(value) from marts.fct_quality_flags where rule = 'load_range'")
    assert flagged == [(-5_456_847, 139_740_500)]


@pytest.mark.parametrize(("file", "count"), [(DIRTY[0], 153), (DIRTY[1], 185), (DIRTY[2], 4795)])
def test_every_hour_without_a_number_is_flagged(published: Warehouse, file: str, count: int) -> None:
    empty = [(start, None) for start, text in hours_of(file) if text in NOTHING]
    assert len(empty) == count
    assert flags(published, file, "nulls") == sorted(empty)


def test_on_twenty_one_clean_nodes_there_is_no_false_alarm(published: Warehouse) -> None:
    files = sorted(path for parent in ("NYIS", "ISNE") for path in (EIA / RECENT).glob(f"{parent}*.csv.gz"))
    names = [path.name.removesuffix(".csv.gz") for path in files]
    empty = {name: sum(text in NOTHING for _, text in hours_of(f"{RECENT}/{name}")) for name in names}
    assert len(names) == 21
    assert sum(empty.values()) == 40
    flagged = published.query(
        "select node_name, rule, count(*)::integer from marts.fct_quality_flags"
        " inner join marts.dim_load using (load_id) where uri like %s and node_name = any(%s) group by node_name, rule",
        f"%/{RECENT}/%",
        names,
    )
    assert sorted(flagged) == sorted((name, "nulls", count) for name, count in empty.items() if count)


@LEFT_OUT_ON_CITUS
def test_the_shipped_rules_have_nothing_to_say_of_the_marts(published: Warehouse, tmp_path: Path) -> None:
    by_sql = [item for item in marts_suite.MARTS.expectations if isinstance(item, SqlExpectation)]
    assert len(by_sql) == 11
    for expectation in by_sql:
        assert offending(published, expectation, tmp_path, SHIPPED) == [], expectation.name


@LEFT_OUT_ON_CITUS
def test_subregions_that_miss_their_parent_are_reported_with_the_median(published: Warehouse, tmp_path: Path) -> None:
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
        return [row["finding"] for row in offending(published, marts_suite.CHILDREN_ADD_UP, tmp_path, entries)]

    # With pandas from the files: New York misses by 7 MW in the worst twentieth of its hours, New England by 1,190 MW.
    assert reported(1220) == []
    [isne] = reported(8)
    assert "in 53986 of 54811 intervals" in isne
    assert isne.endswith("the median difference is 275 MW")
    assert [finding.split("median")[1] for finding in reported(4)] == [
        " difference is 275 MW",
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
