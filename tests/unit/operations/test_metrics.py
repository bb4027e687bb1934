"""What a monitor gets to see."""

import re
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from loaders.errors import UsageError
from loaders.monitoring.metrics import find_problems, write_prometheus

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def status(**changes: Any) -> dict[str, Any]:
    source = {"loaded_age_seconds": 60.0, "collected_age_seconds": None, "rows_rejected": 2, "loads_held": 0}
    return {
        "checked_at": NOW,
        **{f"loads_{name}": 1 for name in ("accepted", "pending", "held", "withdrawn")},
        "revisions": 10,
        "lag_seconds": 0.0,
        "loads_not_in_marts": 0,
        "database_bytes": 1000,
        "schema_bytes": {"raw": 600},
        "connections": {"warehouse_loader": 2},
        "max_connections": 60,
        "sources": {'a "quoted" \\ name': source},
        "last_run": {"run_id": "ab", "started_at": NOW.isoformat(), "seconds": 2.5, "result": "held"},
        "last_build": {"build_number": 7, "started_at": NOW.isoformat(), "seconds": 9.0, "passed": True},
        **changes,
    }


def test_a_healthy_warehouse_has_no_problems() -> None:
    assert find_problems(status(), 3600, 3600) == []
    assert find_problems(status(last_run=None, last_build=None), 3600, None) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"last_run": {"run_id": "ab", "result": "failed"}}, "last run"),
        ({"last_build": {"build_number": 7, "passed": False}}, "last build"),
        ({"lag_seconds": 4000.0, "loads_not_in_marts": 3}, "3 loads"),
        ({"sources": {"meters": {"loaded_age_seconds": 9000.0}}}, "newest load of meters"),
    ],
)
def test_each_problem_is_a_sentence(changes: dict[str, Any], message: str) -> None:
    [problem] = find_problems(status(**changes), 3600, 3600)
    assert message in problem


def test_prometheus_can_parse_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.prom"
    path.write_text("earlier")
    write_prometheus(status(), path)
    text = path.read_text()
    line = re.compile(r'warehouse_\w+(\{\w+="(?:[^"\\\n]|\\.)*"\})? -?[\d.e+-]+')
    assert all(line.fullmatch(row) for row in text.splitlines() if not row.startswith("#"))
    assert r'warehouse_source_rows_rejected{source="a \"quoted\" \\ name"} 2.0' in text
    assert "warehouse_last_run_success 1.0" in text
    assert "collected_age_seconds{" not in text
    names = re.findall(r"# TYPE (\w+)", text)
    assert len(names) == len(set(names))
    assert list(tmp_path.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) & 0o400


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_prometheus(status(), tmp_path / "nowhere" / "warehouse.prom")
