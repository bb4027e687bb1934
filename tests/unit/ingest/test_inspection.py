"""What inspect says of a file or frame: how it would be read, and each thing that is unclear with its option."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import loaders
from loaders.cli import app
from loaders.formats import ReadOptions, format_named
from loaders.ingest.inspection import inspect_file
from tests.support.publisher_files import SMALL_FILES

AUTUMN = "time,area,load\n" + "".join(f"2024-10-27 0{hour}:00,DE,{hour}\n" for hour in (0, 1, 2, 2, 3))


@pytest.fixture
def autumn(tmp_path: Path) -> Path:
    path = tmp_path / "autumn.csv"
    path.write_text(AUTUMN, encoding="utf-8")
    return path


def options_of(inspection) -> list[str]:
    return [item.option for item in inspection.unclear]


def test_a_publishers_file_is_recognised_with_its_roles_zone_and_unit(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(SMALL_FILES["nyiso-integrated-load"][0], encoding="utf-8")
    found = inspect_file(path)
    assert (found.format, found.error, options_of(found)) == ("nyiso-integrated-load", None, ["--collected-at"])
    assert (found.columns["Time Stamp"], found.columns["Integrated Load"]) == ("interval_start", "values of load")
    assert found.facts["time zone"].startswith("America/New_York")
    assert (found.facts["unit"], found.facts["resolution"]) == ("MW", "PT1H")


def test_columns_that_no_format_reads_are_requested_about(autumn):
    found = inspect_file(autumn)
    assert found.error is not None
    assert options_of(found) == [
        "--map 'time=interval_start'", "--map 'load=value'", "--grid", "--region", "--node", "--metric",
    ]  # fmt: skip


def test_each_unclear_thing_has_an_option_until_nothing_is_unclear(autumn):
    options = {"column_map": {"time": "interval_start", "area": "node", "load": "value"}}
    found = inspect_file(autumn, read=ReadOptions(**options))
    assert options_of(found) == ["--grid", "--region", "--metric", "--collected-at", "--time-zone"]
    options |= {"grid": "G", "region": "R", "metric": "load", "collected_at": datetime(2024, 11, 1, tzinfo=UTC)}
    options |= {"unit": "MW", "resolution": "PT1H", "time_zone": "Europe/Berlin"}
    found = inspect_file(autumn, read=ReadOptions(**options))
    assert options_of(found) == ["--repeated-hours order"]
    assert found.rows == {"read": 5, "good": 3, "blank": 0, "ambiguous_time": 2}
    found = inspect_file(autumn, read=ReadOptions(**options, repeated_hours="order"))
    assert (options_of(found), found.error) == ([], None)
    assert [row["local"][-4:].strip() for row in found.clock_changes] == ["CEST", "CEST", "CET", "CET"]
    assert found.first[0] == {
        "interval_start": "2024-10-26T22:00Z",
        "local": "2024-10-27 00:00 CEST",
        "value": 0.0,
        "unit": "MW",
        "series": "G/R/DE load",
    }
    assert found.facts["knowledge time"] == "2024-11-01T00:00Z (observed)"


def test_the_draft_of_a_description_is_valid_and_reads_the_file(autumn, tmp_path):
    draft = tmp_path / "mine.yml"
    answer = CliRunner().invoke(app, ["inspect", str(autumn), "--zone", "Europe/Berlin", "--write", str(draft)])
    assert answer.exit_code == 0, answer.output
    known = ReadOptions(collected_at=datetime(2024, 11, 1, tzinfo=UTC))
    (batch,) = format_named(str(draft)).read(autumn, known)
    assert batch["reason"].to_pylist() == [None, None, "ambiguous_time", "ambiguous_time", None]
    again = CliRunner().invoke(app, ["inspect", str(autumn), "--write", str(draft)])
    assert again.exit_code == 1
    assert "exists already" in str(again.exception)


def test_the_command_prints_tables_or_json_and_fails_for_a_file_that_no_format_reads(autumn, tmp_path):
    answer = CliRunner().invoke(app, ["inspect", str(autumn)])
    assert answer.exit_code == 1
    assert "unclear: the column time holds times. Settle it with --map" in answer.stdout
    path = tmp_path / "a.csv"
    path.write_text(SMALL_FILES["nyiso-integrated-load"][0], encoding="utf-8")
    answer = CliRunner().invoke(app, ["inspect", str(path), "--json"])
    assert json.loads(answer.stdout)["format"] == "nyiso-integrated-load"
    assert "first rows" in CliRunner().invoke(app, ["inspect", str(path)]).stdout


def test_a_frame_is_inspected_like_a_file():
    frame = pd.DataFrame({"interval_start": ["2026-03-01T00:00Z", "2026-03-01T01:00"], "value": [1.0, float("nan")]})
    found = loaders.inspect_frame(frame, grid="G", region="R", node="N", metric="load", unit="MW", resolution="PT1H")
    assert (found.rows["good"], found.rows["blank"], options_of(found)) == (1, 1, ["--collected-at"])


def test_a_draft_and_its_inspection_read_a_column_of_ends_as_ends(tmp_path):
    path, draft = tmp_path / "he.csv", tmp_path / "he.yml"
    path.write_text("HourEnding,Zone,Load_GW\n2024-07-01T01:00Z,A,5.5\n2024-07-01T02:00Z,A,5.6\n")
    answer = CliRunner().invoke(app, ["inspect", str(path), "--write", str(draft)])
    assert "--map 'HourEnding=interval_end'" in answer.stdout
    found = inspect_file(path, str(draft), ReadOptions(collected_at=datetime(2024, 11, 1, tzinfo=UTC)))
    assert found.columns == {"HourEnding": "interval_end", "Zone": "node", "Load_GW": "values of load"}
    assert found.first[0]["interval_start"] == "2024-07-01T00:00Z"
    assert found.first[0]["unit"] == "GW"


def test_a_total_and_times_that_cannot_be_read_are_unclear(tmp_path):
    stated = ReadOptions(
        grid="G", region="R", metric="load", unit="MW", resolution="PT1H", collected_at=datetime(2025, 1, 1, tzinfo=UTC)
    )
    path = tmp_path / "a.csv"
    rows = [(hour, {"A": 100 + hour, "B": 50 + 3 * hour, "All": 150 + 4 * hour}) for hour in range(9)]
    lines = [f"2024-05-01T0{hour}:00Z,{node},{value}" for hour, values in rows for node, value in values.items()]
    path.write_text("\n".join(["interval_start,node,value", *lines]))
    found = inspect_file(path, "long", stated)
    assert [(item.what, item.option) for item in found.unclear] == [
        ("The values of the node All are the sum of those of A, B in R", "--total 'All'")
    ]
    path.write_text("interval_start,node,value\n01 May 2024 00:00,A,1\n")
    assert options_of(inspect_file(path, "long", stated)) == ["a description; --write mine.yml drafts one"]
