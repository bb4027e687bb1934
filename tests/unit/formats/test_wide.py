"""Wide tables: one row per interval, one column per node; where grid, metric and knowledge time come from."""

import gzip
import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loaders.canonical.batch import SCHEMA
from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions, format_named

WIDE = format_named("wide")
KNOWN = datetime(2024, 5, 1, 9, tzinfo=UTC)
STATED = {"grid": "G", "region": "R", "metric": "load", "time_column": "When"}
TEXT = "When,North,South\n2024-05-01T00:00Z,1.5,2\n2024-05-01T01:00Z,,4\n"


def rows_of(path, **options):
    tables = list(WIDE.read(path, ReadOptions(**options)))
    tables = [table.select(SCHEMA.names) for table in tables]
    assert all(table.schema == SCHEMA for table in tables)
    return sorted((row for table in tables for row in table.to_pylist()), key=lambda row: row["row_number"])


def cells(rows):
    return [(row["row_number"], row["node"], row["interval_start"].hour, row["value"]) for row in rows]


def test_each_cell_is_a_row_and_an_empty_one_states_nothing(write):
    rows = rows_of(write(TEXT), **STATED, collected_at=KNOWN)
    assert cells(rows) == [(1, "North", 0, 1.5), (2, "South", 0, 2), (3, "North", 1, None), (4, "South", 1, 4)]
    assert {(row["grid"], row["region"], row["metric"], row["collected_at"], row["reason"]) for row in rows} == {
        *(("G", "R", "load", KNOWN, reason) for reason in (None, "blank"))
    }


def test_gzip_tabs_semicolons_and_parquet_say_the_same(write, tmp_path):
    expected = rows_of(write(TEXT), **STATED, collected_at=KNOWN)
    table = pa.table(
        {"When": ["2024-05-01T00:00Z", "2024-05-01T01:00Z"], "North": pa.array([1.5, None]), "South": pa.array([2, 4])}
    )
    pq.write_table(table, tmp_path / "file.parquet")
    paths = [
        write(gzip.compress(TEXT.encode()), "file.csv.gz"),
        write(TEXT.replace(",", "\t"), "file.tsv"),
        write(TEXT.replace(",", ";").replace("1.5", "1,5"), "semicolons.csv"),
        tmp_path / "file.parquet",
    ]
    for path in paths:
        assert rows_of(path, **STATED, collected_at=KNOWN) == expected


def test_a_frame_is_read_as_a_file_is(write):
    table = pa.table({"When": ["2024-05-01T00:00Z"], "North": [1.5], "South": pa.array([2], pa.int32())})
    (batch,) = WIDE.read_frame(table, "frame", ReadOptions(**STATED, collected_at=KNOWN))
    assert cells(batch.to_pylist()) == [(1, "North", 0, 1.5), (2, "South", 0, 2)]


def test_the_knowledge_time_may_be_a_column(write):
    text = "When,Issued,North\n2024-05-01T00:00Z,2024-04-30T09:00Z,1\n2024-05-01T00:00Z,2024-04-30T10:00Z,2\n"
    options = {**STATED, "collected_at_column": "Issued"}
    rows = rows_of(write(text), **options)
    assert [(row["collected_at"].hour, row["value"]) for row in rows] == [(9, 1), (10, 2)]
    assert WIDE.collected_at_basis(ReadOptions(**options)) == "published"


def test_the_knowledge_time_may_stand_in_the_files_name(write):
    options = {**STATED, "collected_at_pattern": "run_%Y%m%d_%H%M", "time_zone": "America/New_York"}
    (row, *_) = rows_of(write(TEXT, "zones_run_20240430_0915.csv"), **options)
    assert row["collected_at"] == datetime(2024, 4, 30, 13, 15, tzinfo=UTC)
    assert WIDE.collected_at_basis(ReadOptions(**options)) == "inferred"
    assert WIDE.collected_at_basis(ReadOptions(**STATED, collected_at=KNOWN)) == "observed"


def test_the_same_bytes_under_two_dates_are_two_loads(write):
    options = ReadOptions(**STATED, collected_at_pattern="run_%Y%m%d", time_zone="UTC")
    first, second, copy = (write(TEXT, name) for name in ("run_20240430.csv", "run_20240501.csv", "a_run_20240430.csv"))
    assert WIDE.identity(first, options) != WIDE.identity(second, options)
    assert WIDE.identity(first, options) == WIDE.identity(copy, options)


@pytest.mark.parametrize(
    ("name", "pattern", "message"),
    [
        ("file.csv", "run_%Y%m%d", "no time like"),
        ("run_20240431.csv", "run_%Y%m%d", "is not a valid time"),
        ("run_20240430_run_20240501.csv", "run_%Y%m%d", "more than one time"),
        ("run_20241103_0130.csv", "run_%Y%m%d_%H%M", "is ambiguous"),
    ],
)
def test_a_name_without_one_time_is_refused(write, name, pattern, message):
    with pytest.raises(LoadError, match=message):
        rows_of(write(TEXT, name), **STATED, collected_at_pattern=pattern, time_zone="America/New_York")


def test_a_pattern_that_names_no_day_and_a_local_time_without_zone_are_refused(write):
    path = write(TEXT, "run_20240430.csv")
    with pytest.raises(UsageError, match="does not describe a day"):
        rows_of(path, **STATED, collected_at_pattern="run_%Y%m")
    with pytest.raises(LoadError, match="Pass its time_zone"):
        rows_of(path, **STATED, collected_at_pattern="run_%Y%m%d")


@pytest.mark.parametrize(
    ("text", "left_out", "message"),
    [
        (TEXT, "grid", "the grid .*is missing"),
        (TEXT, "metric", "the metric .*is missing"),
        (TEXT, "time_column", "the interval_start .*is missing"),
        (TEXT.replace("When", "Then"), None, "has no column When. Its columns are Then, North, South"),
        (TEXT.replace("South", "north"), None, "north more than once"),
        (TEXT.replace("South", ""), None, "column 3 has no name"),
        ("When\n2024-05-01T00:00Z\n", None, "no node column"),
        (TEXT.replace("South", "Metric"), None, "its own column metric"),
        ('{"When": "2024-05-01T00:00Z", "North": 1}\n', None, "is JSON"),
    ],
)
def test_what_is_missing_or_contradicts_is_named(write, text, left_out, message):
    options = {name: stated for name, stated in STATED.items() if name != left_out}
    with pytest.raises(LoadError, match=message):
        rows_of(write(text), **options, collected_at=KNOWN)


def test_a_bad_cell_is_one_rejected_row_and_a_bad_time_one_per_node(write):
    text = TEXT.replace("1.5", "oops").replace("2024-05-01T01:00Z", "2024-05-01T25:00Z") + "2024-05-01T02:00Z,1\n"
    rows = rows_of(write(text), **STATED, collected_at=KNOWN)
    assert [(row["row_number"], row["reason"]) for row in rows] == [
        *((1, "bad_number"), (2, None), (3, "blank"), (4, "bad_time"), (5, "wrong_column_count"))
    ]
    assert json.loads(rows[0]["payload"])["node"] == "North"
    assert json.loads(rows[0]["payload"])["value"] == "oops"


def test_hour_ending_columns_are_mapped(write):
    text = "HE,North\n2024-05-01T01:00Z,1\n2024-05-01T24:00Z,2\n"
    options = {name: stated for name, stated in STATED.items() if name != "time_column"}
    for resolution, hours in ((None, [0, 23]), ("PT15M", [0, 23])):
        rows = rows_of(
            write(text), **options, column_map={"HE": "interval_end"}, collected_at=KNOWN, resolution=resolution
        )
        assert [row["interval_start"].hour for row in rows] == hours
    assert rows[0]["interval_start"].minute == 45
    assert rows[0]["resolution"] == "PT15M"


def test_an_option_of_no_use_is_wrong_usage(write):
    with pytest.raises(UsageError, match="eia930 does not use grid"):
        format_named("eia930").identity("EPE.csv", ReadOptions(grid="G", collected_at=KNOWN))
    with pytest.raises(UsageError, match="long does not use time_column"):
        list(format_named("long").read(write(TEXT), ReadOptions(time_column="When")))


def test_the_knowledge_time_is_stated_once():
    with pytest.raises(UsageError, match="more than once"):
        ReadOptions(collected_at=KNOWN, collected_at_pattern="%Y%m%d")
