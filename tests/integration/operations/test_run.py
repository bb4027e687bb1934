"""A scheduled run does what is due, and the next one completes what a killed one left."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders import dbt_runner
from loaders.operations import scheduled_run
from loaders.operations.config import RunConfig, read_config
from loaders.operations.run_lock import turn_to_run
from loaders.settings import PROJECT_ROOT
from tests.support.commands import HEADER
from tests.support.warehouses import Warehouse, temporary_database

CONFIG = """
sources:
  - {name: first, folder: first, options: {create_missing: true, grid_time_zone: UTC}}
  - {name: second, folder: second, options: {create_missing: true, grid_time_zone: UTC}}
check: false
maintain: false
"""


def rows(node: str, hours: int = 24, value: float = 1.0) -> str:
    day = "2026-03-01"
    lines = [f"G,R,{node},load,{day}T{hour:02}:00:00Z,2026-03-05T00:00:00Z,{value + hour}" for hour in range(hours)]
    return HEADER + "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def fresh(test_server: None) -> Iterator[Warehouse]:
    """A warehouse with the raw schema and nothing built, shared by this module."""
    with temporary_database("test_run") as made:
        yield made


@pytest.fixture
def config_path(tmp_path: Path) -> Path:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    path = tmp_path / "warehouse.yml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def config(config_path: Path) -> RunConfig:
    return read_config(config_path)


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace dbt by a note, and by a row in raw.builds as a build of everything leaves it."""
    made: list[str] = []

    def build() -> list:
        with dbt_runner.builds._turn_to_build() as connection, dbt_runner.builds._recorded(connection, True):
            made.append("build")
        return []

    monkeypatch.setattr(scheduled_run, "build", build)
    return made


def details(summary: scheduled_run.RunSummary) -> dict[str, tuple[str, str]]:
    return {step.name: (step.result, step.detail) for step in summary.steps}


def test_a_run_loads_builds_once_and_then_finds_nothing_new(
    fresh: Warehouse, config: RunConfig, config_path: Path, builds: list[str]
) -> None:
    (config_path.parent / "first" / "a.csv").write_text(rows("A"))
    (config_path.parent / "second" / ".half-written.csv").write_text("grid")
    summary = scheduled_run.run(config)
    assert (summary.result, summary.exit_code) == ("done", 0)
    assert details(summary)["load first"] == ("done", "1 accepted, 24 new rows")
    assert details(summary)["load second"] == ("done", "0 files, nothing new")
    assert builds == ["build"]
    assert fresh.query("select result, summary ->> 'run_id' = run_id from raw.runs") == [("done", True)]
    again = scheduled_run.run(config)
    assert "build" not in details(again)
    assert details(again)["load first"] == ("done", "1 files, nothing new")
    steps = "select jsonb_array_length(summary -> 'steps') > 0 from raw.runs order by started_at"
    assert fresh.query(steps) == [(True,), (False,)]
    fresh.set_status(1, "withdrawn")
    assert "build" in details(scheduled_run.run(config))


def test_a_run_with_nothing_new_starts_neither_dbt_nor_the_checks(
    fresh: Warehouse, config: RunConfig, builds: list[str]
) -> None:
    scheduled_run.run(config)
    program = (
        "import sys\nfrom loaders.cli import app\n"
        "code = app(sys.argv[1:], standalone_mode=False)\n"
        "print(code, sorted({'dbt', 'great_expectations'} & {name.split('.')[0] for name in sys.modules}))"
    )
    path = config.sources[0].folder
    assert path is not None
    command = [sys.executable, "-c", program, "run", str(path.parent / "warehouse.yml"), "--json"]
    process = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=120)
    assert process.stdout.endswith("0 []\n"), process
    assert json.loads(process.stdout.rsplit("\n", 2)[0])["result"] == "done"


def test_a_held_load_and_a_failed_source_have_their_exit_codes_and_do_not_stop_the_others(
    fresh: Warehouse, config: RunConfig, config_path: Path, builds: list[str]
) -> None:
    folder = config_path.parent
    (folder / "first").rmdir()
    (folder / "second" / "b.csv").write_text(rows("B"))
    summary = scheduled_run.run(config)
    assert (summary.result, summary.exit_code) == ("failed", 1)
    assert "does not exist" in details(summary)["load first"][1]
    assert details(summary)["load second"][0] == "done"
    assert builds == ["build"]
    (folder / "first").mkdir()
    (folder / "first" / "c.csv").write_text(rows("C", value=1e9))
    summary = scheduled_run.run(config)
    assert (summary.result, summary.exit_code) == ("held", 3)
    assert summary.held
    assert "held" in summary.as_text()
    for load_id in summary.held:
        fresh.set_status(load_id, "withdrawn")
    assert scheduled_run.run(config).exit_code == 0


def test_a_second_run_leaves_or_waits(fresh: Warehouse, config: RunConfig, builds: list[str]) -> None:
    with turn_to_run(wait=False) as is_first:
        assert is_first
        left = scheduled_run.run(config)
        assert (left.result, left.exit_code, left.steps) == ("skipped", 0, [])
        waiting = threading.Thread(target=_in_turn, args=(done := [],))
        waiting.start()
        time.sleep(0.3)
        assert not done
    waiting.join(30)
    assert done == [True]


def _in_turn(done: list[bool]) -> None:
    with turn_to_run(wait=True) as is_turn:
        done.append(is_turn)
