"""ISO New England zonal load forecasts: every publication, and both hours of the night the clocks go back."""

import gzip
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from loaders.canonical.batch import SCHEMA
from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions, format_named
from loaders.settings import PROJECT_ROOT

ISONE = format_named("isone-load-forecast")
FOLDER = PROJECT_ROOT.parent / "shared" / "data" / "isone"
FILES = "reliabilityregionloadforecast_day_*_all.json"
needs_data = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the published ISO-NE answers are not at {FOLDER}")
ENTRY = {
    "BeginDate": "2024-11-03T01:00:00.000-04:00",
    "CreationDate": "2024-11-02T11:48:17.000-04:00",
    "ReliabilityRegion": ".Z.MAINE",
    "LoadMw": 1033.891,
    "ReliabilityRegionLoadPercentage": 9.9,
}


def rows_of(path, **options):
    tables = ISONE.read(path, ReadOptions(**options))
    rows = [row for table in tables for row in table.select(SCHEMA.names).to_pylist()]
    return sorted(rows, key=lambda row: row["row_number"])


@pytest.fixture
def write(tmp_path):
    def _write(*entries, answer=None):
        path = tmp_path / "answer.json"
        answer = answer or {"ReliabilityRegionLoadForecasts": {"ReliabilityRegionLoadForecast": list(entries)}}
        path.write_text(json.dumps(answer))
        return path

    return _write


def test_a_record_is_one_publication_of_one_zone_and_hour(write):
    (row,) = rows_of(write(ENTRY))
    assert {name: field for name, field in row.items() if field is not None} == {
        "row_number": 1,
        "grid": "ISONE",
        "region": ".Z.MAINE",
        "node": ".Z.MAINE",
        "metric": "load_forecast",
        "unit": "MW",
        "resolution": "PT1H",
        "interval_start": datetime(2024, 11, 3, 5, tzinfo=UTC),
        "collected_at": datetime(2024, 11, 2, 15, 48, 17, tzinfo=UTC),
        "value": 1033.891,
    }


def test_gzip_and_an_answer_of_one_record_are_read(write, tmp_path):
    one = write(answer={"ReliabilityRegionLoadForecasts": {"ReliabilityRegionLoadForecast": ENTRY}})
    packed = tmp_path / "answer.json.gz"
    packed.write_bytes(gzip.compress(one.read_bytes()))
    assert rows_of(one) == rows_of(packed) == rows_of(write(ENTRY))


def test_bad_records_are_rows_with_a_reason(write):
    without = {name: field for name, field in ENTRY.items() if name != "LoadMw"}
    rows = rows_of(
        write(
            ENTRY | {"BeginDate": "2024-11-03T01:00:00"},
            without,
            7,
            ENTRY | {"LoadMw": float("inf")},
            ENTRY | {"LoadMw": None},
            ENTRY,
        )
    )
    assert [row["reason"] for row in rows] == ["naive_time", "bad_line", "bad_line", "not_finite", "blank", None]
    assert [row["row_number"] for row in rows] == [1, 2, 3, 4, 5, 6]
    payload = json.loads(rows[0]["payload"])
    assert (payload["interval_start"], payload["value"], payload["source"]) == (
        "2024-11-03T01:00:00",
        "1033.891",
        "isone",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "no list of records at ReliabilityRegionLoadForecasts"),
        ('{"HourlyLoadForecasts": {}}', "no list of records at ReliabilityRegionLoadForecasts"),
        ('{"ReliabilityRegionLoadForecasts": ""}', "has no rows"),
        ('{"ReliabilityRegionLoadForecasts": {"ReliabilityRegionLoadForecast": []}}', "has no rows"),
        ('{"ReliabilityRegionLoadForecasts": {"Reliab', "is not JSON"),
        ("<html>Forbidden</html>", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_an_answer_of_another_shape_says_so(tmp_path, text, message):
    path = tmp_path / "answer.json"
    path.write_text(text)
    with pytest.raises(LoadError, match=message):
        rows_of(path)


def test_another_metric_is_wrong_usage(write):
    with pytest.raises(UsageError, match="Choose one of load_forecast"):
        rows_of(write(ENTRY), metric="load")


def test_the_grid_lies_in_new_york_time():
    assert ISONE.time_zone_of("ISONE") == "America/New_York"
    assert ISONE.time_zone_of("PJM") is None


@needs_data
def test_the_published_answers_hold_every_publication():
    rows = [row for path in sorted(FOLDER.glob(FILES)) for row in rows_of(path)]
    assert len(rows) == 7240
    assert all(row["reason"] is None for row in rows)
    publications = {}
    for row in rows:
        publications.setdefault((row["node"], row["interval_start"]), []).append((row["collected_at"], row["value"]))
    assert len(publications) == 8 * 144
    assert {len(known) for known in publications.values()} <= set(range(4, 10))
    evolution = sorted(publications[".Z.MAINE", datetime(2024, 11, 3, 5, tzinfo=UTC)])
    assert [value for _, value in evolution] == [1042.659, 1040.276, 1030.014, 1033.891, 1033.891]


@needs_data
@pytest.mark.parametrize(("day", "hours"), [("20240310", 23), ("20241103", 25), ("20241102", 24)])
def test_a_day_has_as_many_hours_as_its_clocks_gave_it(day, hours):
    (path,) = FOLDER.glob(FILES.replace("*", day))
    table = pa.concat_tables(ISONE.read(path))
    starts = {
        start.astimezone(ZoneInfo("America/New_York")).isoformat() for start in table["interval_start"].to_pylist()
    }
    assert len(starts) == hours
