"""Results go to stdout and messages to stderr."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from loaders.settings import PROJECT_ROOT
from tests.support.commands import HEADER, fails, messages, run
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.usefixtures("shared_warehouse")


@pytest.mark.sql
def test_a_file_is_loaded_with_its_result_on_stdout_and_nothing_else(file: Callable[..., Path]) -> None:
    answer = run("ingest", str(file()), "--create-missing", "--grid-time-zone", "Europe/Berlin")
    assert (answer.returncode, messages(answer)) == (0, ["Show it in the marts with: warehouse build"])
    header, line = answer.stdout.splitlines()
    assert header.split()[:5] == ["from", "load", "status", "read", "inserted"]
    assert line.split()[2:7] == ["accepted", "2", "2", "0", "0"]


@pytest.mark.sql
def test_a_missing_file_fails_and_the_other_is_loaded(file: Callable[..., Path]) -> None:
    answer = run("ingest", "missing.csv", str(file()), "--create-missing", "--grid-time-zone", "UTC")
    assert answer.returncode == 1
    assert messages(answer) == [
        "error: missing.csv: the file does not exist. Check the path.",
        "Show it in the marts with: warehouse build",
    ]
    assert [("failed" in line, "accepted" in line) for line in answer.stdout.splitlines()[1:]] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.sql
@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_reported(file: Callable[..., Path]) -> None:
    path = file()
    path.chmod(0)
    answer = run("ingest", str(path))
    assert answer.returncode == 1
    assert "permissions" in messages(answer)[0]


@pytest.mark.sql
def test_a_load_that_the_gate_holds_exits_1_and_can_be_accepted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + f"{uuid.uuid4()},R,N,load,2024-01-01T00:00Z,2024-01-01T09:00Z,9e9\n")
    held = run("ingest", str(path), "--create-missing", "--json")
    assert held.returncode == 1
    (found,) = json.loads(held.stdout)
    assert (found["status"], found["failed_rules"]) == ("held", ["load_range"])
    accepted = run("accept", str(found["load_id"]), "--why", "a test")
    assert accepted.returncode == 0
    assert f"Load {found['load_id']} is accepted" in accepted.stdout
    again = run("accept", str(found["load_id"]), "--why", "a test")
    assert (again.returncode, "Nothing was changed" in again.stdout) == (0, True)
    ledger = json.loads(run("loads", "--json", "--status", "accepted").stdout)
    assert ledger[0]["load_id"] == found["load_id"]
    assert ledger[0]["why"] == "a test"


@pytest.mark.sql
def test_json_is_what_a_machine_can_read(file: Callable[..., Path], tmp_path: Path) -> None:
    (loaded,) = json.loads(run("ingest", str(file(10, 1)), "--create-missing", "--json").stdout)
    assert (loaded["rows_read"], loaded["rows_inserted"], loaded["rows_rejected"]) == (11, 10, 1)
    load_id = str(loaded["load_id"])
    (rejected,) = json.loads(run("rejects", load_id, "--json").stdout)
    assert (rejected["row_number"], rejected["reason"], rejected["payload"]["value"]) == (11, "bad_number", "much")
    assert json.loads(run("loads", "--json", "--limit", "1").stdout)[0]["load_id"] == loaded["load_id"]
    assert json.loads(run("status", "--json").stdout)["loads_accepted"] >= 0
    is_embedded = "WAREHOUSE_TEST_DSN" not in os.environ
    assert json.loads(run("db", "status", "--json").stdout)["running"] is is_embedded
    assert json.loads(run("query", "select 1 as one, null as nothing", "--json").stdout) == [
        {"one": 1, "nothing": None}
    ]
    export = run("rejects", load_id, "--export", str(tmp_path / "bad.csv"))
    assert (export.returncode, export.stdout) == (0, "")
    fails(run("rejects", load_id, "--export", str(tmp_path / "no" / "bad.csv")), "cannot be written")


@pytest.mark.sql
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_query_says_when_it_shows_only_the_first_rows(shared_warehouse: Warehouse, form: list[str]) -> None:
    cut = run("query", "select generate_series(1, 4) as n", "--limit", "3", *form)
    assert cut.stderr == "There are more rows than these 3. Show more with: --limit 30\n"
    assert (cut.stdout.count("3"), cut.stdout.count("4")) == (1, 0)
    assert run("query", "select generate_series(1, 3) as n", "--limit", "3", *form).stderr == ""


@pytest.mark.sql
def test_an_empty_list_is_an_empty_list(shared_warehouse: Warehouse) -> None:
    assert json.loads(run("loads", "--json", "--status", "withdrawn").stdout) == []
    assert run("loads", "--status", "withdrawn").returncode == 0


def test_a_reader_that_goes_away_is_left_in_peace() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "loaders", "query", "select generate_series(1, 50000)", "--limit", "50000"]
    answer = subprocess.run(command, cwd=PROJECT_ROOT, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert answer.stderr == ""
