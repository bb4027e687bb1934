"""A user's description: validated, with messages that name the fault; it reads what it describes."""

import json
from datetime import UTC, datetime

import pytest

from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions, format_named
from loaders.formats.described.description import Description
from loaders.settings import PROJECT_ROOT

SCHEMA = PROJECT_ROOT / "loaders" / "formats" / "descriptions" / "description.schema.json"
MINE = """
name: mine
summary: A file of ours.
source: ours
grid: G
node_column: SettlementPoint
resolution: PT1H
time: {end: HourEnding, time_zone: America/Chicago, repeated: {column: DSTFlag, second: ["Y"]}}
values: [{column: Price, metric: price, unit: USD/MWh}]
"""


def test_the_schema_for_editors_is_up_to_date():
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == Description.model_json_schema()


def test_an_own_description_reads_a_file(tmp_path):
    (tmp_path / "mine.yml").write_text(MINE)
    path = tmp_path / "he.csv"
    path.write_text(
        "HourEnding,SettlementPoint,DSTFlag,Price\n2024-11-03T02:00,N,N,2\n2024-11-03T02:00,N,Y,99\nrubbish,N,N,1\n"
        "2024-11-03T24:00,N,N,24\n2024-11-04T01:00,N,N,1\n2024-11-04T25:00,N,N,9\n"
    )
    read = ReadOptions(collected_at=datetime(2025, 1, 1, tzinfo=UTC))
    rows = [row for batch in format_named(str(tmp_path / "mine.yml")).read(path, read) for row in batch.to_pylist()]
    assert [(row["interval_start"] and row["interval_start"].hour, row["value"], row["reason"]) for row in rows] == [
        (6, 2, None),
        (7, 99, None),
        (None, 1, "bad_time"),
        (5, 24, None),
        (6, 1, None),
        (None, 9, "bad_time"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("resolution: PT1H", "resolution: 1 hour", "resolution: Value error, '1 hour' is not a valid resolution"),
        ("end: HourEnding", "end: HourEnding, date: Day, hour: Hour", "exactly one of start or end"),
        ("America/Chicago", "America/Nowhere", r"time\.time_zone"),
        ("grid: G", "griid: G", "griid: Extra inputs are not permitted"),
        ("values: [", "values: {", "is not valid YAML"),
    ],
)
def test_a_fault_is_named(tmp_path, old, new, message):
    path = tmp_path / "mine.yml"
    path.write_text(MINE.replace(old, new))
    with pytest.raises(UsageError, match=message):
        format_named(str(path))


def test_a_description_that_is_missing_or_a_file_with_no_such_columns_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        format_named(str(tmp_path / "none.yml"))
    (tmp_path / "mine.yml").write_text(MINE)
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    read = ReadOptions(collected_at=datetime(2025, 1, 1, tzinfo=UTC))
    with pytest.raises(LoadError, match="is not a file of mine: the column DSTFlag, HourEnding, Price"):
        list(format_named(str(tmp_path / "mine.yml")).read(tmp_path / "a.csv", read))
