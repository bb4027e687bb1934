"""The load gate on a real server: what is compared with what, what is stored, and when nothing is."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from loaders.errors import GateError
from loaders.gates import gate_loads, pending_loads, rule_evaluation
from loaders.gates import load_gate as load_gate_module
from tests.support.gate_cases import HOUR, START, failed_rows, judge, judge_load, revisions, rows, spoil_rules, status
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.sql


@pytest.mark.parametrize(
    ("reported", "jumps"),
    [
        ([(0, 0, 0.0), (0, 1, 60_000.0)], 0),  # a restatement is no neighbour
        ([(0, 0, 0.0), (0, 1, 60_000.0), (1, 2, 60_000.0)], 0),  # the newest value of the neighbour counts
        ([(0, 0, 0.0), (0, 1, 60_000.0), (1, 2, 0.0)], 1),
        ([(0, 0, 0.0), (1, 1, 0.0), (1, 2, 60_000.0), (1, 3, 0.0)], 1),  # each revision is compared
        ([(0, 0, 0.0), (2, 0, 60_000.0)], 0),  # the hour between is not there
        ([(0, 0, 0.0), (2, 0, 0.0), (2, 1, 60_000.0)], 0),  # nor for a later revision
        ([(0, 0, 0.0), (1, 0, None), (2, 0, 60_000.0)], 0),
    ],
)
def test_a_jump_is_between_neighbouring_intervals(gated: Warehouse, reported: list, jumps: int) -> None:
    load_id = gated.deliver(revisions(*reported), status=None).load_id
    judge_load(gated, load_id)
    assert failed_rows(gated, load_id).get("load_jump", 0) == jumps


@pytest.mark.parametrize(
    ("reported", "flat"),
    [
        ([(hour, hour, 5.0) for hour in range(49)], 1),
        ([(hour, hour, 5.0) for hour in range(50) if hour != 3], 0),  # a gap ends it
        ([(0, publication, 5.0) for publication in range(60)], 0),  # the same stated again of one hour
        ([(hour, hour + later, 5.0 + later) for hour in range(49) for later in (0, 1)], 1),
        ([(hour, hour + later, 5.0 + hour * later) for hour in range(49) for later in (0, 1)], 0),  # by newest values
        ([(hour, hour, None) for hour in range(60)], 0),
    ],
)
def test_a_flat_line_is_of_consecutive_intervals(gated: Warehouse, reported: list, flat: int) -> None:
    load_id = gated.deliver(revisions(*reported), status=None).load_id
    judge_load(gated, load_id)
    assert failed_rows(gated, load_id).get("load_flat_line", 0) == flat


def test_the_days_of_a_clock_change_are_neighbours(gated: Warehouse) -> None:
    days = [datetime(2024, 10, 26, 22), datetime(2024, 10, 27, 23), datetime(2024, 10, 28, 23)]
    frame = rows("load", [0.0, 60_000.0, 0.0], resolution="P1D")
    frame["interval_start"] = frame["collected_at"] = [day.replace(tzinfo=UTC) for day in days]
    load_id = gated.deliver(frame, status=None).load_id
    with gated.connect(None) as connection:
        connection.execute(
            "update raw.series set resolution = 'P1D'"
            " where series_id in (select series_id from raw.measures where load_id = %s)",
            [load_id],
        )
    judge_load(gated, load_id)
    assert failed_rows(gated, load_id) == {"load_jump": 2}


def test_series_and_loads_are_judged_apart(gated: Warehouse) -> None:
    one, other = rows("load", [0.0] * 30), rows("load", [60_000.0] * 30)
    together = pd.concat([one, other.assign(grid=one["grid"], node="other")])
    later = one.assign(value=60_000.0, interval_start=one["interval_start"] + 30 * HOUR)
    with gated.connect(autocommit=False) as connection:
        ids = [gated.deliver(frame, status=None).load_id for frame in (together, later)]
        assert [verdict.passed for verdict in gate_loads(connection, ids)] == [True, True]
    assert [failed_rows(gated, load_id) for load_id in ids] == [{}, {}]


def test_repeating_a_held_load_does_not_let_its_rows_in(gated: Warehouse) -> None:
    bad = rows("load", [1.0, 300_000.0])
    first = judge(gated, bad)
    again = judge(gated, pd.concat([bad, rows("load", [1.0, 2.0])]))
    assert [first.passed, again.passed] == [False, False]
    assert "load_range" in {failure.rule for failure in again.failures}
    with gated.connect(autocommit=False) as connection:
        load_gate_module.ledger.set_status(connection, first.load_id, "accepted", "the numbers are right")
    assert judge(gated, pd.concat([bad, rows("load", [3.0, 4.0])])).passed


def test_a_failed_rule_shows_at_most_five_of_its_rows_by_name(gated: Warehouse) -> None:
    frame = rows("load", [250_000.0 + number for number in range(9)])
    failure = judge(gated, frame).failures[0]
    assert (failure.rule, failure.rows_checked, failure.rows_failed) == ("load_range", 9, 9)
    assert [example["value"] for example in failure.examples] == [250_000.0 + number for number in range(5)]
    assert failure.examples[0] == {
        "grid": frame["grid"][0], "region": "r", "node": "n", "metric": "load", "source": "test",
        "interval_start": START.isoformat(), "collected_at": START.isoformat(), "value": 250_000.0,
    }  # fmt: skip
    written = gated.query(
        "select rule_description, passed, examples from raw.gate_results where load_id = %s and rule = 'load_range'",
        failure.load_id,
    )
    assert written == [("value from -200,000 to 200,000", False, failure.examples)]


def test_the_ledger_says_which_rule_held_a_load_and_who_ran_the_gate(gated: Warehouse) -> None:
    load_id = gated.deliver(rows("load", [300_000.0]), status=None).load_id
    with gated.connect(autocommit=False) as connection:
        gate_loads(connection, [load_id], who="night run")
    event = gated.query("select who, why from raw.load_events where load_id = %s and status = 'held'", load_id)
    assert event[0][0] == "night run"
    assert "load_range fails for 1 of 1 rows of load" in event[0][1]


def test_only_pending_loads_change_their_status(gated: Warehouse) -> None:
    loads = {
        wanted: gated.deliver(rows("load", [300_000.0]), status=wanted).load_id for wanted in ("accepted", "withdrawn")
    }
    for wanted, load_id in loads.items():
        assert not judge_load(gated, load_id).passed
        assert status(gated, load_id) == wanted


def test_pending_loads_are_found_oldest_first_and_judged_in_the_order_requested(gated: Warehouse) -> None:
    bad = gated.deliver(rows("load", [300_000.0]), status=None).load_id
    good = gated.deliver(rows("load", [1.0]), status=None).load_id
    with gated.connect(autocommit=False) as connection:
        assert [load_id for load_id in pending_loads(connection) if load_id in (bad, good)] == [bad, good]
        assert [(v.load_id, v.passed) for v in gate_loads(connection, [good, bad, good])] == [
            (good, True),
            (bad, False),
        ]
        assert gate_loads(connection, []) == []


def test_a_load_of_rows_that_are_stored_already_is_accepted(gated: Warehouse) -> None:
    frame = rows("load", [1.0, 2.0])
    judge(gated, frame)
    assert judge(gated, frame).passed


def spoil_query(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(rule_evaluation, "read_sql", lambda package, name: "select 1 / 0")


@pytest.mark.parametrize("spoil", [spoil_rules, spoil_query])
def test_a_gate_that_breaks_lets_nothing_pass(
    gated: Warehouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, spoil: Callable
) -> None:
    load_id = gated.deliver(rows("load", [1.0]), status=None).load_id
    spoil(monkeypatch, tmp_path)
    with pytest.raises(GateError) as caught:
        judge_load(gated, load_id)
    assert "\n" not in str(caught.value)
    assert status(gated, load_id) == "pending"
    assert gated.query("select count(*) from raw.gate_results where load_id = %s", load_id) == [(0,)]


def test_a_failing_decision_undoes_those_before_it(gated: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (gated.deliver(rows("load", [1.0]), status=None).load_id for _ in range(2))
    honest = load_gate_module.ledger.set_status

    def fails_later(connection: psycopg.Connection, load_id: int, *rest: object) -> bool:
        if load_id == second:
            raise psycopg.OperationalError("server gone")
        return honest(connection, load_id, *rest)

    monkeypatch.setattr(load_gate_module.ledger, "set_status", fails_later)
    with (
        gated.connect(autocommit=False) as connection,
        pytest.raises(GateError, match=f"loads {first}, {second}.*server gone"),
    ):
        gate_loads(connection, [first, second])
    assert [status(gated, load_id) for load_id in (first, second)] == ["pending", "pending"]


def test_nobody_else_decides_on_a_load_while_it_is_judged(gated: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    load_id = gated.deliver(rows("load", [1.0]), status=None).load_id
    honest, refused = load_gate_module.evaluate_rules, []

    def interrupted(*given: object) -> list:
        with gated.connect() as other:
            other.execute("set lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                load_gate_module.ledger.set_status(other, load_id, "withdrawn", "changed my mind")
        refused.append(load_id)
        return honest(*given)

    monkeypatch.setattr(load_gate_module, "evaluate_rules", interrupted)
    assert judge_load(gated, load_id).passed
    assert refused == [load_id]


def test_a_load_that_does_not_exist_is_named(gated: Warehouse) -> None:
    with gated.connect(autocommit=False) as connection, pytest.raises(GateError, match="load 999999 not found"):
        gate_loads(connection, [999_999])
