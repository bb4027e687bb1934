"""Published data, from files to marts. Facts about the files were established apart from this project."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from loaders.files import find_files
from loaders.ingest.pipeline import IngestOptions, ingest_files
from loaders.settings import PROJECT_ROOT
from tests.support.warehouses import Warehouse

DATA = PROJECT_ROOT.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the published data are not there: {DATA}")

IPCO = ("IPCO", datetime(2020, 1, 22, 13, tzinfo=UTC))  # interval_start is one hour before the file's hour-ending time
WITHDRAWN = ("SWPP", datetime(2018, 1, 13, 6, tzinfo=UTC))
BACKFILLED = ("SWPP", datetime(2019, 6, 25, 4, tzinfo=UTC))


@pytest.fixture(scope="module")
def eia(shared_warehouse: Warehouse) -> Warehouse:
    """All 66 EIA-930 files, built."""
    ingest(Path("eia930/raw"), "eia930")
    shared_warehouse.apply_loads()
    return shared_warehouse


@pytest.fixture(scope="module")
def isone(shared_warehouse: Warehouse) -> Warehouse:
    """The six zonal load forecasts of ISO New England, built."""
    ingest(Path("isone/reliabilityregionloadforecast_*.json"), "isone-load-forecast")
    shared_warehouse.apply_loads()
    return shared_warehouse


def ingest(pattern: Path, form: str) -> None:
    outcomes = ingest_files(find_files([str(DATA / pattern)]), IngestOptions(format=form, create_missing=True), jobs=2)
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    assert {outcome.result.status for outcome in outcomes} == {"accepted"}


def test_every_row_of_every_eia_file_is_stored_and_accounted_for(eia: Warehouse) -> None:
    loads = eia.query(
        "select count(*), sum(rows_read), sum(rows_inserted), sum(rows_duplicate), sum(rows_rejected)"
        " from marts.dim_load where source = 'eia930'"
    )
    assert loads == [(66, 2_159_125, 2_159_125, 0, 0)]
    assert eia.query("select count(*), min(collected_at_basis) from marts.dim_load where source = 'eia930'") == [
        (66, "observed")
    ]


def test_revisions_of_the_eia_files_are_counted_right_in_the_marts(eia: Warehouse) -> None:
    chains = eia.query("""
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
    assert eia.query("select count(*) from marts.fct_measures_latest where source = 'eia930'") == [(1_624_800,)]


@pytest.mark.parametrize(
    ("place", "values"), [(IPCO, [2158, 2158, 1946]), (WITHDRAWN, [30344, None]), (BACKFILLED, [None, 29225, 29225])]
)
def test_an_hour_of_the_eia_files_evolved_as_published(eia: Warehouse, place: tuple, values: list) -> None:
    reported = eia.query(
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
    eia: Warehouse, moment: datetime, withdrawn: list, backfilled: list, ipco: list
) -> None:
    def known(place: tuple) -> list:
        rows = eia.query(
            "select value from marts.measures_as_of(%s, %s, %s + interval '1 hour') where node_name = %s",
            moment,
            place[1],
            place[1],
            place[0],
        )
        return [value for (value,) in rows]

    assert (known(WITHDRAWN), known(BACKFILLED), known(IPCO)) == (withdrawn, backfilled, ipco)


def test_the_zonal_forecasts_of_iso_new_england_hold_their_short_and_long_days(isone: Warehouse) -> None:
    rows = isone.query("""
        select count(*), count(distinct node_name), count(distinct interval_start)
        from marts.fct_measure_revisions where source = 'isone'
    """)
    assert rows == [(7_240, 8, 144)]
    publications = isone.query("""
        select min(publications), max(publications) from (
            select count(*) as publications from marts.fct_measure_revisions where source = 'isone'
            group by series_id, interval_start
        ) as chains
    """)
    assert publications == [(4, 9)]
    days = isone.query("""
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


def test_the_first_repeated_hour_of_maine_evolved_as_published(isone: Warehouse) -> None:
    reported = isone.query("""
        select value from marts.fct_measure_revisions
        where node_name = '.Z.MAINE' and interval_start = '2024-11-03T01:00-04:00' order by collected_at
    """)
    assert [value for (value,) in reported] == [1042.659, 1040.276, 1030.014, 1033.891, 1033.891]
