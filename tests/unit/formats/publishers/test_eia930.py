"""EIA-930: hour-ending UTC becomes interval starts, the file's name the node, its folder the knowledge time."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyarrow.compute as pc
import pytest

from loaders.canonical.batch import SCHEMA
from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions, format_named
from loaders.settings import PROJECT_ROOT

EIA930 = format_named("eia930")
RAW = PROJECT_ROOT.parent / "shared" / "data" / "eia930" / "raw"
needs_data = pytest.mark.skipif(not RAW.is_dir(), reason=f"the published EIA-930 files are not at {RAW}")


def rows_of(path, **options):
    return [
        row for table in EIA930.read(path, ReadOptions(**options)) for row in table.select(SCHEMA.names).to_pylist()
    ]


@pytest.fixture
def write(tmp_path):
    def _write(*lines, name="EPE.csv", release="release_2019_Oct", header="date_time,demand (MW),forecast demand (MW)"):
        path = tmp_path / release / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join([header, *lines]) + "\n")
        return path

    return _write


def test_a_row_is_the_hour_before_its_time(write):
    (row,) = rows_of(write("2020-01-01 00:00:00,1200,1300"))
    assert {name: field for name, field in row.items() if field is not None} == {
        "row_number": 1,
        "grid": "EPE",
        "region": "EPE",
        "node": "EPE",
        "metric": "load",
        "unit": "MW",
        "resolution": "PT1H",
        "interval_start": datetime(2019, 12, 31, 23, tzinfo=UTC),
        "collected_at": datetime(2019, 9, 10, tzinfo=UTC),
        "value": 1200.0,
    }


def test_a_subregion_stands_under_its_authority(write):
    (row,) = rows_of(write("2020-01-01 00:00:00,1,2", name="NYIS-ZONJ.csv.gz".removesuffix(".gz")))
    assert (row["grid"], row["region"], row["node"]) == ("NYIS", "NYIS subregions", "NYIS-ZONJ")


def test_missing_and_empty_are_null_and_junk_is_rejected(write):
    rows = rows_of(write("2020-01-01 00:00:00,MISSING,1", "2020-01-01 01:00:00,EMPTY,1", "2020-01-01 02:00:00,n/a,1"))
    assert [(row["value"], row["reason"]) for row in rows] == [(None, None), (None, None), (None, "bad_number")]


def test_the_forecast_is_taken_on_request(write):
    (row,) = rows_of(write("2020-01-01 00:00:00,1200,1300"), metric="load_forecast")
    assert (row["metric"], row["value"]) == ("load_forecast", 1300)


def test_a_release_without_forecasts_says_so(write):
    path = write("2020-01-01 00:00:00,1200", header="date_time,demand (MW)")
    assert rows_of(path)[0]["value"] == 1200
    with pytest.raises(LoadError, match=r"EPE\.csv: is not a file of eia930: the column forecast demand \(MW\)"):
        rows_of(path, metric="load_forecast")


def test_a_column_that_stands_twice_is_refused(write):
    with pytest.raises(LoadError, match=r"demand \(MW\) more than once"):
        rows_of(write("2020-01-01 00:00:00,1,2", header="date_time,demand (MW),demand (MW)"))


def test_another_metric_is_wrong_usage(write):
    with pytest.raises(UsageError, match="'price'"):
        rows_of(write("2020-01-01 00:00:00,1,2"), metric="price")


@pytest.mark.parametrize(
    ("release", "day"),
    [
        ("release_2019_Oct", datetime(2019, 9, 10, tzinfo=UTC)),
        ("release_2020_Oct", datetime(2020, 9, 28, tzinfo=UTC)),
        ("release_2020_Oct_include_subregions", datetime(2020, 10, 14, tzinfo=UTC)),
        ("release_2025_Jan_include_subregions", datetime(2025, 1, 23, tzinfo=UTC)),
    ],
)
def test_the_release_says_when_it_was_collected(write, release, day):
    assert rows_of(write("2020-01-01 00:00:00,1,2", release=release))[0]["collected_at"] == day


def test_an_unknown_release_needs_a_collected_at(write):
    path = write("2020-01-01 00:00:00,1,2", release="downloads")
    with pytest.raises(
        LoadError, match=r"the release that eia930 needs is not in the folder's name 'downloads'\. Pass --collected-at"
    ):
        rows_of(path)
    given = datetime(2024, 5, 1, 2, tzinfo=UTC)
    assert rows_of(path, collected_at=given)[0]["collected_at"] == given


def test_a_file_whose_name_is_no_code_is_refused(write):
    path = write("2020-01-01 00:00:00,1,2", name="copy of EPE.csv")
    for attempt in (rows_of, EIA930.identity):
        with pytest.raises(LoadError, match=r"not in the file's name 'copy of EPE\.csv'"):
            attempt(path)


def test_identity_holds_node_metric_and_release(write):
    paths = [
        write("x", name=name, release=release)
        for name in ("EPE.csv", "SRP.csv")
        for release in ("release_2019_Oct", "release_2020_Oct")
    ]
    identities = {EIA930.identity(path) for path in paths}
    identities |= {EIA930.identity(paths[0], ReadOptions(metric="load_forecast"))}
    assert len(identities) == 5
    assert EIA930.identity(paths[0]) == EIA930.identity(paths[0], ReadOptions(metric="load"))


def test_a_bad_time_is_kept_as_the_end_of_the_hour_it_is(write):
    (row,) = rows_of(write("2020-13-01 00:00:00,1,2"))
    payload = json.loads(row["payload"])
    assert row["reason"] == "bad_time"
    assert (payload["interval_start"], payload["interval_end"]) == (None, "2020-13-01 00:00:00")
    assert (payload["source"], payload["value"]) == ("eia930", "1")


def test_every_zone_of_an_authority_exists():
    zones = {code: EIA930.time_zone_of(code) for code in ("ISNE", "SWPP", "NWMT", "SRP", "PSEI")}
    assert zones == {
        "ISNE": "America/New_York",
        "SWPP": "America/Chicago",
        "NWMT": "America/Denver",
        "SRP": "America/Phoenix",
        "PSEI": "America/Los_Angeles",
    }
    assert all(ZoneInfo(zone) for zone in zones.values())
    assert EIA930.time_zone_of("XXXX") is None


def published(release, node, start):
    """The published value of an hour that ends at `start`, in UTC."""
    for table in EIA930.read(RAW / release / f"{node}.csv.gz"):
        assert table["reason"].null_count == len(table)
        found = table.filter(pc.equal(table["interval_start"], start))
        if len(found):
            return found["value"][0].as_py()
    return "no such hour"


@needs_data
def test_published_restatements_are_read_as_published():
    ending = datetime(2020, 1, 22, 13, tzinfo=UTC)
    releases = ["release_2020_Oct", "release_2020_Oct_include_subregions", "release_2025_Jan_include_subregions"]
    assert [published(release, "IPCO", ending) for release in releases] == [2158, 2158, 1946]
    withdrawn = datetime(2018, 1, 13, 6, tzinfo=UTC)
    assert [published(release, "SWPP", withdrawn) for release in ("release_2019_Oct", "release_2020_Oct")] == [
        30344,
        None,
    ]
    backfilled = datetime(2019, 6, 25, 4, tzinfo=UTC)
    assert [published(release, "SWPP", backfilled) for release in ("release_2019_Oct", "release_2020_Oct")] == [
        None,
        29225,
    ]


@needs_data
def test_every_published_file_is_read_without_a_reject():
    files = sorted(RAW.glob("*/*.csv.gz"))
    rows, rejected, grids = 0, 0, set()
    for path in files:
        for table in EIA930.read(path):
            rows += len(table)
            rejected += len(table) - table["reason"].null_count
            grids |= set(table["grid"].unique().to_pylist())
    assert (len(files), rows, rejected) == (66, 2_159_125, 0)
    assert all(EIA930.time_zone_of(grid) for grid in grids)
    assert len({EIA930.identity(path) for path in files}) == 66
