"""Most series are judged by their bounds. The flags are those of an evaluation of every row."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from loaders.gates import load_gate as load_gate_module
from loaders.gates import rule_evaluation
from tests.support.gate_cases import HOUR, START, judge_load, rows
from tests.support.warehouses import Warehouse

# Narrow limits, which a few rows of each series reach or pass.
RULES = """
rules:
  - {name: finite, kind: finite, metrics: "*", share_allowed: 1}
  - {name: times, kind: times, metrics: "*", earliest: 2024-03-01, collected_ahead: P1D, interval_ahead: P36525D,
     share_allowed: 1}
  - {name: range, kind: range, metrics: [load], min: -9, max: 9, share_allowed: 1}
  - {name: jump, kind: jump, metrics: [load], max_change: 12, share_allowed: 1}
  - {name: flat, kind: flat_line, metrics: [load], longest: PT12H, share_allowed: 1}
  - {name: horizon, kind: horizon, metrics: [load], before: P3D, after: P20D, share_allowed: 1}
  - {name: nulls, kind: nulls, metrics: [load], share_allowed: 1}
"""
FLAGS = """
select series_id, interval_start, collected_at, value, rule, is_new
from raw.flagged_rows
where load_id = %s
order by series_id, interval_start, collected_at, rule
"""
STEPS = {"PT15M": HOUR / 4, "PT1H": HOUR, "P1D": 24 * HOUR}
FAULTS = [math.inf, -math.inf, 9.0, 9.5, -9.5, math.nan]  # not-a-number: no value
SERIES = 240


@pytest.fixture
def narrow_rules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(RULES, encoding="utf-8")
    monkeypatch.setattr(load_gate_module, "RULES_FILE", path)


def random_series(random: np.random.Generator, step: timedelta) -> Iterator[tuple[datetime, datetime, float | None]]:
    """Runs of equal values and of others, with gaps, revisions and few faults."""
    begin = START + int(random.integers(0, 200)) * step
    revisions, quiet, faulty = random.integers(1, 4), random.random(), random.random() < 0.2
    value = 0.0
    for number in range(random.integers(1, 150)):
        if random.random() > quiet:
            value = float(random.integers(-6, 7))
        if random.random() < 0.02:
            continue
        for revision in range(revisions):
            published = value if revision == revisions - 1 else float(random.integers(-6, 7))
            collected = begin + number * step + revision * HOUR - timedelta(days=1)
            if faulty and random.random() < 0.02:
                published = FAULTS[random.integers(len(FAULTS))]
                collected -= int(random.choice([0, 2, 3, 40])) * timedelta(days=1)
            yield begin + number * step, collected, None if math.isnan(published) else published


@pytest.fixture
def load_id(gated: Warehouse) -> int:
    """Many series of one load, a third of which an earlier one delivered as well."""
    random = np.random.default_rng(20240330)
    frames = []
    for number in range(SERIES):
        resolution = str(random.choice(list(STEPS)))
        times = random_series(random, STEPS[resolution])
        frame = pd.DataFrame(times, columns=["interval_start", "collected_at", "value"])
        frame = frame.drop_duplicates(["interval_start", "collected_at"])
        frames.append(frame.assign(grid="many", region="r", node=f"n{number}", metric="load", resolution=resolution))
    first = pd.concat(frames[: SERIES // 3])
    gated.deliver(first.sample(frac=0.5, random_state=1))
    return gated.deliver(pd.concat(frames), status=None).load_id


def test_the_flags_are_those_of_an_evaluation_of_every_row(
    gated: Warehouse, load_id: int, narrow_rules: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, doubtful = rule_evaluation._in_doubt, []

    def recorded(*given: object) -> list:
        doubtful.extend(honest(*given))
        return doubtful

    monkeypatch.setattr(rule_evaluation, "_in_doubt", recorded)
    judge_load(gated, load_id)
    flags = gated.query(FLAGS, load_id)
    monkeypatch.setattr(rule_evaluation, "_in_doubt", lambda connection, delivered: delivered)
    judge_load(gated, load_id)
    assert flags == gated.query(FLAGS, load_id)
    # The comparison says something: each rule is broken, and many series were not read row by row.
    assert {rule for *_, rule, _ in flags} == {"finite", "times", "range", "jump", "flat", "horizon", "nulls"}
    assert {is_new for *_, is_new in flags} == {True, False}
    assert SERIES / 4 < len(doubtful) < SERIES * 3 / 4


def test_a_series_without_a_flat_line_is_not_read_row_by_row(gated: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_evaluation, "_flag_rows", lambda connection, doubtful: named.extend(doubtful))
    for values, expected in (([1.0] * 60, 1), ([float(number % 5) for number in range(60)], 0), ([1.0] * 40, 0)):
        named: list[object] = []
        judge_load(gated, gated.deliver(rows("load", values), status=None).load_id)
        assert len(named) == expected
