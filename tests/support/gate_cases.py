"""Rows for the load gate: on a limit of a rule, just beyond it, and as many of them as a rule allows."""

import itertools
import math
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from loaders.gates import CheckResult, GateVerdict, gate_loads
from loaders.gates import checks as checks_module
from loaders.gates import load_gate as load_gate_module
from loaders.gates.rule_fields import start_of_day
from loaders.gates.rule_kinds import LoadRule
from loaders.gates.rules import RULES_FILE, read_rules
from tests.support.warehouses import Warehouse

START = datetime(2024, 3, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
MANY = 400  # rows; every shipped share of it is a whole number
RULES = read_rules()
CASES = [(rule, metric) for rule in RULES.rules for metric in sorted(rule.metrics or {"temperature"})]
EARLIEST = start_of_day(RULES.of("temperature")[1].limits["earliest"])


def name_of(part: object) -> str:
    """Return the identifier of a case in the output of pytest."""
    return getattr(part, "name", part)


def rows(metric: str, values: list[float | None], start: datetime = START, **changes: object) -> pd.DataFrame:
    """Hourly values of a node of its own, each collected when its hour begins."""
    starts = [start + number * HOUR for number in range(len(values))]
    frame = pd.DataFrame({"interval_start": starts, "collected_at": starts, "value": pd.array(values, dtype="object")})
    return frame.assign(grid=f"grid-{uuid.uuid4()}", region="r", node="n", metric=metric, **changes)


def judge(warehouse: Warehouse, frame: pd.DataFrame) -> GateVerdict:
    load_id = warehouse.deliver(frame, status=None).load_id
    return judge_load(warehouse, load_id)


def judge_load(warehouse: Warehouse, load_id: int) -> GateVerdict:
    with warehouse.connect(autocommit=False) as connection:
        return gate_loads(connection, [load_id])[0]


def status(warehouse: Warehouse, load_id: int) -> str:
    return warehouse.query("select status from raw.loads where load_id = %s", load_id)[0][0]


def failed_rows(warehouse: Warehouse, load_id: int) -> dict[str, int]:
    return dict(
        warehouse.query(
            "select rule, rows_failed from raw.gate_results where load_id = %s and rows_failed > 0", load_id
        )
    )


def edge(rule: LoadRule, metric: str, outside: bool) -> Iterator[pd.DataFrame]:
    """Loads whose last row reaches a limit of the rule, or is beyond it by the smallest step there is."""
    limits, step = rule.limits, TICK if outside else timedelta(0)
    if rule.kind == "range":
        for bound, away in (("min", -math.inf), ("max", math.inf)):
            yield rows(metric, [math.nextafter(limits[bound], away) if outside else limits[bound]])
    elif rule.kind == "jump":
        change = limits["max_change"]
        yield rows(metric, [0.0, math.nextafter(change, math.inf) if outside else change])
        yield rows(metric, [math.nextafter(change, math.inf) if outside else change, 0.0])
    elif rule.kind == "flat_line":
        yield rows(metric, [1.0, *[2.0] * (limits["longest"] // HOUR), 2.0 if outside else 3.0])
    elif rule.kind == "nulls":
        yield rows(metric, [None if outside else 0.0])
    elif rule.kind == "horizon":
        yield rows(metric, [1.0], collected_at=START - limits["before"] - step)
        long_ago = START - timedelta(days=9000)
        yield rows(metric, [1.0], start=long_ago, collected_at=long_ago + limits["after"] + step)
    elif rule.kind == "finite":
        yield from (rows(metric, [value]) for value in ([math.inf, -math.inf] if outside else [1.7e308, -1.7e308]))
    else:
        raise AssertionError(f"no case for kind {rule.kind}")


def with_failing(rule: LoadRule, metric: str, failing: int) -> pd.DataFrame:
    """MANY rows, `failing` of which break this rule, and none another."""
    limits, uneven = rule.limits, [float(number % 7) for number in range(MANY)]
    start = START
    if rule.kind == "range":
        values = [limits["max"] + (number % 2) - (0 if number < failing else 10) for number in range(1, MANY + 1)]
        values[:failing] = [limits["max"] + 1 + number % 2 for number in range(failing)]
        return rows(metric, values)
    if rule.kind == "jump":
        levels = itertools.chain([limits["max_change"] + 10, 0.0][number % 2] for number in range(failing))
        tail = list(levels)
        settled = tail[-1] if tail else 0.0
        return rows(metric, [0.0, *tail, *[settled + value for value in uneven[: MANY - 1 - failing]]])
    if rule.kind == "flat_line":
        flat = limits["longest"] // HOUR + failing
        return rows(metric, [9.0] * flat + uneven[flat:])
    if rule.kind == "nulls":
        return rows(metric, [None] * failing + uneven[failing:])
    if rule.kind == "finite":
        return rows(metric, [math.inf] * failing + uneven[failing:])
    frame = rows(metric, uneven, start=start)
    early = limits["before"] + TICK if rule.kind == "horizon" else START - EARLIEST + TICK
    frame["collected_at"] = [START - early if number < failing else START for number in range(MANY)]
    return frame


def revisions(*reported: tuple[int, int, float | None]) -> pd.DataFrame:
    """Rows (hour, collected after so many hours, value) of metric load."""
    frame = rows("load", [value for *_, value in reported])
    frame["interval_start"] = [START + hour * HOUR for hour, *_ in reported]
    frame["collected_at"] = [START + hours * HOUR for _, hours, _ in reported]
    return frame


def spoil_rules(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    spoilt = folder / "rules.yml"
    spoilt.write_text(RULES_FILE.read_text().replace("kind: finite", "kind: finit"))
    monkeypatch.setattr(load_gate_module, "RULES_FILE", spoilt)
    monkeypatch.setattr(checks_module, "RULES_FILE", spoilt)


def failures(check: CheckResult) -> list[str]:
    return [outcome.name for outcome in check.failures]
