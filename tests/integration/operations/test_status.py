"""Status shows what a monitor needs, read as the analyst."""

import json
from pathlib import Path

import pandas as pd
import pytest

from loaders.monitoring.metrics import find_problems, read_status
from tests.support.commands import run
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.sql

ROW = pd.DataFrame(
    [
        {
            "grid": "G",
            "region": "R",
            "node": "N",
            "metric": "load",
            "interval_start": "2026-03-01T00:00Z",
            "collected_at": "2026-03-02T00:00Z",
            "value": 1.0,
        }
    ]
)
FAILED_RUN = "insert into raw.runs (run_id, started_at, result, summary) values ('ab', now(), 'failed', '{}')"


def test_status_follows_loads_builds_and_runs(shared_warehouse: Warehouse, tmp_path: Path) -> None:
    shared_warehouse.deliver(ROW, source="meters")
    current = read_status()
    assert (current["loads_not_in_marts"], current["last_run"]) == (1, None)
    assert current["last_build"]["passed"] is True
    assert find_problems(current, max_lag_seconds=0, max_age_seconds=3600) != []
    shared_warehouse.apply_loads()
    current = read_status()
    assert (current["loads_not_in_marts"], current["lag_seconds"]) == (0, 0)
    assert current["sources"]["meters"]["loads"] == 1
    assert current["connections"]["warehouse_analyst"] >= 1
    assert current["schema_bytes"].keys() >= {"raw", "staging"}
    assert find_problems(current, 0, 3600) == []
    assert run("status", "--check").returncode == 0
    shared_warehouse.deliver(ROW.assign(value=2.0), source="meters", status="held")
    path = tmp_path / "warehouse.prom"
    answer = run("status", "--check", "--json", "--prometheus", str(path))
    assert answer.returncode == 3
    assert json.loads(answer.stdout)["sources"]["meters"]["loads_held"] == 1
    assert 'warehouse_source_loads_held{source="meters"} 1.0' in path.read_text()
    shared_warehouse.query(FAILED_RUN)
    answer = run("status", "--check")
    assert answer.returncode == 1
    assert "The last run (ab) failed." in answer.stderr
