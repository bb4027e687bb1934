"""ISO New England's system forecast: a record is a load forecast and a net load forecast."""

import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions, format_named
from loaders.settings import PROJECT_ROOT

SYSTEM = format_named("isone-system-load")
FOLDER = PROJECT_ROOT.parent / "shared" / "data" / "isone"
FILES = "hourlyloadforecast_all_day_*.json"
needs_data = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the published ISO-NE answers are not at {FOLDER}")
ENTRY = {
    "BeginDate": "2024-11-03T01:00:00.000-05:00",
    "CreationDate": "2024-11-02T11:41:33.000-04:00",
    "LoadMw": 9000,
    "NetLoadMw": 8500.5,
}


def rows_of(path, **options):
    rows = [row for table in SYSTEM.read(path, ReadOptions(**options)) for row in table.to_pylist()]
    return sorted(rows, key=lambda row: row["row_number"])


@pytest.fixture
def write(tmp_path):
    def _write(*entries, outer="HourlyLoadForecasts"):
        path = tmp_path / "answer.json"
        path.write_text(json.dumps({outer: {"HourlyLoadForecast": list(entries)}}))
        return path

    return _write


def test_a_record_is_two_consecutive_rows(write):
    rows = rows_of(write(ENTRY, ENTRY | {"NetLoadMw": None}))
    assert [(row["row_number"], row["metric"], row["value"]) for row in rows] == [
        *((1, "load_forecast", 9000), (2, "net_load_forecast", 8500.5)),
        *((3, "load_forecast", 9000), (4, "net_load_forecast", None)),
    ]
    assert {(row["grid"], row["region"], row["node"], row["unit"], row["interval_start"]) for row in rows} == {
        ("ISONE", "ISONE", "ISONE", "MW", datetime(2024, 11, 3, 6, tzinfo=UTC))
    }


def test_a_broken_record_is_one_row_and_the_next_keep_their_numbers(write):
    without = {name: field for name, field in ENTRY.items() if name != "NetLoadMw"}
    rows = rows_of(write(without, ENTRY))
    assert [(row["row_number"], row["reason"]) for row in rows] == [(1, "bad_line"), (3, None), (4, None)]
    assert [row["value"] for row in rows_of(write(without, ENTRY), metric="load_forecast")] == [9000, 9000]


def test_another_metric_and_another_answer_are_refused(write):
    with pytest.raises(UsageError, match="Choose one of load_forecast, net_load_forecast"):
        rows_of(write(ENTRY), metric="load")
    with pytest.raises(LoadError, match="no list of records at HourlyLoadForecasts"):
        rows_of(write(ENTRY, outer="HourlySystemLoads"))


def test_one_metric_of_a_file_is_another_load_than_both(write):
    path = write(ENTRY)
    assert SYSTEM.identity(path) != SYSTEM.identity(path, ReadOptions(metric="load_forecast"))


@needs_data
def test_the_published_answers_hold_every_publication_of_both_metrics():
    tables = {path.name[-13:-5]: pa.concat_tables(SYSTEM.read(path)) for path in FOLDER.glob(FILES)}
    assert all(table["reason"].null_count == len(table) for table in tables.values())
    assert sum(map(len, tables.values())) == 2 * 1081
    hours = {day: len(table["interval_start"].unique()) for day, table in tables.items()}
    assert (hours["20240310"], hours["20241103"], hours["20241102"]) == (23, 25, 24)
