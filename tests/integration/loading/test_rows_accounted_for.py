"""Every row of a load is accounted for, the same content is loaded once, and a refused file leaves nothing."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from loaders.cli import app
from loaders.settings import PROJECT_ROOT
from tests.support.load_cases import (
    HOUR,
    MORNING,
    NOON,
    counts,
    deliver,
    hours,
    ingest,
    load,
    refusal,
    rows_in_raw,
    size,
    stored,
    write,
)
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.sql


def test_a_renamed_copy_is_not_loaded_again_and_the_load_it_equals_is_named(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    first = load(write(tmp_path / "a.csv", grid, hours("n", 3)))
    before = rows_in_raw(shared_warehouse)
    second = load(write(tmp_path / "renamed.csv", grid, hours("n", 3)))
    assert (second.already_stored, second.load_id, second.status) == (True, first.load_id, "accepted")
    assert rows_in_raw(shared_warehouse) == before


def test_each_row_read_is_inserted_duplicate_or_rejected(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    load(write(tmp_path / "first.csv", grid, hours("n", 4)))
    cells = [
        *hours("n", 6),  # 4 are stored already, 2 are new
        *hours("n", 6)[4:5],  # a copy within the file
        ("n", NOON, "yesterday", 1.0),
        ("n", NOON, MORNING + HOUR, "much"),
        ("m", NOON, MORNING, 1.0),
        ("m", NOON, MORNING, 2.0),  # contradicts the row before
    ]
    result = load(write(tmp_path / "second.csv", grid, cells), max_rejects=1.0)
    assert counts(result) == (11, 2, 5, 4)
    reasons = shared_warehouse.query(
        "select row_number, reason from raw.rejected_rows where load_id = %s order by 1", result.load_id
    )
    assert reasons == [(8, "bad_time"), (9, "bad_number"), (10, "conflicting_value"), (11, "conflicting_value")]


def test_contradictory_values_for_one_key_are_all_rejected_and_the_rest_is_stored(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    cells = [
        ("n", NOON, MORNING, 1.0),
        ("n", NOON, MORNING, 1.0),
        ("n", NOON, MORNING, None),
        ("n", NOON + HOUR, MORNING, 2.0),
        ("n", NOON + HOUR, MORNING, 2.0),
        ("n", NOON + 2 * HOUR, MORNING, None),
        ("n", NOON + 2 * HOUR, MORNING, None),
    ]
    result = load(write(tmp_path / "a.csv", grid, cells), max_rejects=3)
    assert counts(result) == (7, 2, 2, 3)
    payloads = shared_warehouse.query(
        "select reason, payload from raw.rejected_rows where load_id = %s order by row_number", result.load_id
    )
    assert [reason for reason, _ in payloads] == ["conflicting_value"] * 3
    assert [payload["value"] for _, payload in payloads] == [1.0, 1.0, None]
    assert {(payload["grid"], payload["node"], payload["metric"]) for _, payload in payloads} == {(grid, "n", "load")}
    assert [row[3] for row in stored(shared_warehouse, grid)] == [2.0, None]


def test_all_rejected_rows_keep_the_columns_that_are_not_stored(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of the text, an unknown unit and a contradiction are found in three different steps."""
    write(tmp_path / "a.csv", grid, [*hours("n", 8), ("n", NOON, MORNING, 7)])
    header, *lines = (tmp_path / "a.csv").read_text().splitlines()
    lines[5] = lines[5].rsplit(",", 1)[0] + ",much"
    texts = [f"{header},unit,dst,Remark", *(f"{line},MW,y,row {number}" for number, line in enumerate(lines, 1))]
    texts[4] = texts[4].replace(",MW,", ",barrels,")
    (tmp_path / "a.csv").write_text("\n".join(texts) + "\n")
    result = load(tmp_path / "a.csv", max_rejects=9)
    rows = shared_warehouse.query(
        "select reason, payload ->> 'dst', payload ->> 'Remark' from raw.rejected_rows where load_id = %s"
        " order by row_number",
        result.load_id,
    )
    assert rows == [
        ("conflicting_value", "y", "row 1"),
        ("unknown_unit", "y", "row 4"),
        ("bad_number", "y", "row 6"),
        ("conflicting_value", "y", "row 9"),
    ]
    assert caplog.text.count("ignored the columns Remark") == 1


def test_more_bad_rows_than_allowed_refuse_the_whole_file(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.csv", grid, [*hours("n", 8), ("n", "never", MORNING, 1), ("n", "never", MORNING, 2)])
    before = rows_in_raw(shared_warehouse)
    for limit in (0, 1, 0.1, 0.19):
        stated = refusal(path, max_rejects=limit)
        assert "2 of 10 rows would be rejected, more than --max-rejects allows" in stated
        assert "bad_time (2), first in row 9" in stated
    assert rows_in_raw(shared_warehouse) == before
    assert counts(load(path, max_rejects=0.2)) == (10, 8, 0, 2)


def test_rejected_rows_are_exported_fixed_and_ingested(shared_warehouse: Warehouse, grid: str, tmp_path: Path) -> None:
    cells = [*hours("n", 9), ("n", NOON + 9 * HOUR, MORNING, "1O.0"), ("n", "2024-03-32", MORNING, 11.0)]
    result = load(write(tmp_path / "a.csv", grid, cells), max_rejects=2)
    fixed = tmp_path / "fixed.csv"
    answer = CliRunner().invoke(app, ["rejects", str(result.load_id), "--export", str(fixed)])
    assert (answer.exit_code, answer.stdout) == (0, "")
    frame = pd.read_csv(fixed, dtype=str)
    assert list(frame["value"]) == ["1O.0", "11"]
    frame["value"] = ["10.0", "11.0"]
    frame.loc[1, "interval_start"] = (NOON + 10 * HOUR).isoformat()
    frame.to_csv(fixed, index=False)
    assert counts(load(fixed, create_missing=False)) == (2, 2, 0, 0)
    assert [row[3] for row in stored(shared_warehouse, grid)] == [float(hour) for hour in range(1, 12)]


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_file_that_fails_does_not_stop_the_others(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path, jobs: int
) -> None:
    write(tmp_path / "1.csv", grid, hours("a", 2))
    (tmp_path / "2.csv").write_text("nothing,of,use\n1,2,3\n")
    write(tmp_path / "3.csv", grid, hours("b", 2))
    answer = CliRunner().invoke(app, ["ingest", str(tmp_path), "--create-missing", "--jobs", str(jobs), "--json"])
    assert answer.exit_code == 1
    found = json.loads(answer.stdout)
    assert [each["error"] is None for each in found] == [True, False, True]
    assert f"{tmp_path}/2.csv: the column" in found[1]["error"]
    assert [row[0] for row in stored(shared_warehouse, grid)] == ["a", "a", "b", "b"]


def test_a_dry_run_tells_what_would_happen_and_stores_nothing(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    load(write(tmp_path / "first.csv", grid, hours("n", 2)))
    waiting = deliver(shared_warehouse, grid, hours("waiting", 1), None).load_id
    new_month = datetime(1993, 1, 1, tzinfo=UTC)
    cells = [
        *hours("n", 4, value=2.0)[1:],
        ("new", new_month, new_month, 1.0),
        *hours("n", 1),
        ("n", "?", MORNING, 1.0),
    ]
    path = write(tmp_path / "second.csv", grid, cells)
    before, size_before = rows_in_raw(shared_warehouse), size(shared_warehouse)
    foreseen = load(path, dry_run=True, max_rejects=1)
    assert (foreseen.load_id, foreseen.status) == (None, "dry run")
    assert (rows_in_raw(shared_warehouse), size(shared_warehouse)) == (before, size_before)
    assert shared_warehouse.query("select status from raw.loads where load_id = %s", waiting) == [("pending",)]
    done = load(path, max_rejects=1)
    assert counts(done) == counts(foreseen) == (6, 4, 1, 1)
    assert done.rows_corrected == foreseen.rows_corrected == 1


def test_a_load_whose_process_died_before_its_gate_is_judged_by_the_next_ingest(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.csv", grid, hours("n", 2))
    script = (
        "import os, signal, sys, pathlib, loaders.ingest.pipeline as pipeline\n"
        "from tests.support.load_cases import ingest\n"
        "pipeline.gate_loads = lambda connection, ids: os.kill(os.getpid(), signal.SIGKILL) if ids else []\n"
        "ingest(pathlib.Path(sys.argv[1]))\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(path)], cwd=PROJECT_ROOT, env=os.environ)
    assert killed.returncode == -signal.SIGKILL
    reported = "select why from raw.loads join raw.load_events using (load_id) where uri = %s order by event_id desc"
    assert shared_warehouse.query("select status from raw.loads where uri = %s", str(path)) == [("pending",)]
    load(write(tmp_path / "b.csv", grid, hours("m", 2)))
    assert shared_warehouse.query("select status from raw.loads where uri = %s", str(path)) == [("accepted",)]
    assert shared_warehouse.query(reported, str(path))[0][0].startswith("gate: passed")
    assert load(path).already_stored


def test_a_file_that_changes_while_it_is_read_is_not_stored(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.csv", grid, hours("n", 2))
    before = rows_in_raw(shared_warehouse)
    (outcome,) = ingest(path, progress=lambda rows: write(path, grid, hours("n", 3)) and None)
    assert "changed while it was read. Nothing was stored" in outcome.error
    assert rows_in_raw(shared_warehouse) == before
