"""The main job as the command line runs it, on a home of its own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.settings import PROJECT_ROOT
from tests.support.warehouses import SERVER_OPTIONS

pytestmark = pytest.mark.embedded

COMMAND = [sys.executable, "-m", "loaders"]
PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
UNSET = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "WAREHOUSE_DSN", "WAREHOUSE_PORT")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A place for a server whose path has a space and an apostrophe."""
    with tempfile.TemporaryDirectory(prefix="warehouse's home ") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "pg data"
        run(Path(folder) / "pg data", "db", "stop")


def environment(home: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in UNSET}
    folders = {"WAREHOUSE_HOME": str(home), "DBT_TARGET_PATH": f"{home}-target", "DBT_LOG_PATH": f"{home}-logs"}
    return {**inherited, **folders, "WAREHOUSE_PG_OPTIONS": SERVER_OPTIONS}


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=PROJECT_ROOT, env=environment(home), timeout=300, check=False, **PIPES
    )


def test_up_brings_up_everything_and_again_changes_nothing(home: Path) -> None:
    first = run(home, "up", "--weeks", "1")
    assert first.returncode == 0, first.stderr[-3000:]
    assert [line[:5] for line in first.stderr.splitlines() if line.startswith("[")] == [f"[{n}/7]" for n in range(1, 8)]
    assert "newest interval" in first.stdout
    assert "Next:" in first.stdout
    loads = run(home, "loads", "--json").stdout

    second = run(home, "up", "--weeks", "1")
    assert second.returncode == 0, second.stderr[-3000:]
    assert "nothing changed" in second.stderr
    assert run(home, "loads", "--json").stdout == loads


def test_a_gate_that_fails_stops_up_and_names_expectation_load_and_rows(home: Path, tmp_path: Path) -> None:
    bad = tmp_path / "impossible.csv"
    rows = [f"G,R,N,load,2026-01-01T{hour:02}:00Z,2025-12-31T00:00Z,9e9" for hour in range(24)]
    bad.write_text("\n".join(["grid,region,node,metric,interval_start,collected_at,value", *rows]))
    ingested = run(home, "ingest", str(bad), "--create-missing")
    assert ingested.returncode == 1
    assert "held" in ingested.stdout

    stopped = run(home, "up", "--weeks", "1")
    assert stopped.returncode == 1
    assert "load_range" in stopped.stderr
    assert "impossible.csv" in stopped.stderr
    assert "value 9000000000" in stopped.stderr
    assert stopped.stderr.count("interval_start 2026-01-01") == 5
    assert "Traceback" not in stopped.stderr

    assert run(home, "withdraw", "2", "--why", "not possible").returncode == 0
    # The stages after the check are those of the first test; they are not waited for again.
    with subprocess.Popen([*COMMAND, "up", "--weeks", "1"], cwd=PROJECT_ROOT, env=environment(home), **PIPES) as again:
        passed = next((line for line in again.stderr if "[4/7] check: raw" in line), "")
        again.kill()
    assert "expectations met" in passed
