"""Hourly rows for the rules of the marts, and the rows that break an expectation."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import yaml

from loaders.database.logins import TRANSFORMER
from loaders.gates import checks as checks_module
from loaders.gates.results import SqlExpectation
from loaders.gates.rules import RULES_FILE, read_rules
from tests.support.warehouses import Warehouse

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NIGHT = datetime(2024, 3, 8, 5, tzinfo=UTC)  # midnight in New York, before the clocks change on the 10th
LEFT_OUT_ON_CITUS = pytest.mark.one_server(
    "the nodes refuse the queries of most of these rules, so `check marts` leaves them out"
)
SHIPPED = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))["marts"]


def hours(grid: str, node: str, values: list[float | None], start: datetime = NIGHT, **changes: object) -> pd.DataFrame:
    starts = [start + number * HOUR for number in range(len(values))]
    frame = pd.DataFrame({"interval_start": starts, "collected_at": starts, "value": pd.array(values, dtype="object")})
    return frame.assign(**{"grid": grid, "region": "r", "node": node, "metric": "load", **changes})


def offending(warehouse: Warehouse, expectation: SqlExpectation, folder: Path, entries: list[dict]) -> list[dict]:
    """The rows that break an expectation of the marts by these entries of the rules."""
    path = folder / "rules.yml"
    rules = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**rules, "marts": entries}), encoding="utf-8")
    query = expectation.query.replace("{batch}", expectation.relation)
    with checks_module._open(read_rules(path), TRANSFORMER) as connection:
        return [row for (row,) in connection.execute(f"select to_jsonb(found) from ({query}) as found")]


def new_grid(warehouse: Warehouse) -> str:
    """Register a grid of New York's days and return its name."""
    name = f"grid-{uuid.uuid4()}"
    warehouse.query("insert into raw.grids (grid_name, time_zone) values (%s, 'America/New_York')", name)
    return name


def breaking(entry: dict, grid: str) -> list[pd.DataFrame]:
    """Loads, in order, that break a shipped entry in this grid: one for each thing that it allows just not."""
    if entry["kind"] == "completeness":  # 21 of 24 hours, and the first one of the next day
        return [hours(grid, "n", [float(number) for number in range(21)]), hours(grid, "n", [1.0], NIGHT + DAY)]
    if entry["kind"] == "hierarchy_share":
        return [hours(grid, "n", [1.0] * 48), *(hours(grid, node, [1.0] * 24) for node in "ab")]
    if entry["kind"] == "shift":
        before = [float(number % 5) for number in range(25)]  # quartiles 1, 2, 3
        far = 2 + 2 * entry["max_shift"] + 0.001
        return [hours(grid, "n", before), hours(grid, "n", [far] * entry["min_rows"], NIGHT + 25 * HOUR)]
    assert entry["kind"] == "reconciliation"
    grid, parent = entry["grid"], [100.0 + (entry["tolerance"] + 1) * (number < 6) for number in range(100)]
    parts = [hours(grid, node, [50.0] * 100, region=entry["children"]) for node in ("a", "b")]
    return [pd.concat([hours(grid, entry["node"], parent, region=entry["node"]), *parts])]
