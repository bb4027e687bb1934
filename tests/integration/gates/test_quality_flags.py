"""Row by row: what the gate flags, what the marts publish of it, and that no rule is there for nothing."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import psycopg
import pytest
import yaml

from loaders.database.retry import retry_transient
from loaders.errors import GateError
from loaders.gates import load_gate as load_gate_module
from loaders.gates.rule_kinds import LoadRule
from loaders.gates.rules import RULES_FILE
from tests.support.gate_cases import (
    CASES,
    HOUR,
    START,
    edge,
    judge,
    judge_load,
    revisions,
    rows,
    status,
    with_failing,
)
from tests.support.warehouses import Warehouse

FLAGS = """
select rule, kind, value, is_latest, interval_start, load_id
from marts.fct_quality_flags
order by rule, interval_start, collected_at
"""


@pytest.fixture(scope="module")
def gated(shared_warehouse: Warehouse) -> Warehouse:
    """With a metric that no rule names."""
    with shared_warehouse.connect() as connection:
        connection.execute("insert into raw.metrics (metric, unit, aggregation) values ('temperature', '°C', 'mean')")
    return shared_warehouse


def name_of(part: object) -> str:
    return getattr(part, "name", part)


@pytest.fixture
def rules_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Switches one of the shipped rules off."""

    def switch_off(name: str) -> None:
        rules = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
        rules["rules"] = [rule for rule in rules["rules"] if rule["name"] != name]
        path = tmp_path / "rules.yml"
        path.write_text(yaml.safe_dump(rules), encoding="utf-8")
        monkeypatch.setattr(load_gate_module, "RULES_FILE", path)

    return switch_off


@pytest.mark.sql
@pytest.mark.parametrize(("rule", "metric"), CASES, ids=name_of)
def test_each_shipped_rule_guards_what_no_other_does(
    gated: Warehouse, rules_without: Callable[[str], None], rule: LoadRule, metric: str
) -> None:
    bad = with_failing(rule, metric, round(400 * rule.share_allowed) + 1)
    assert [failure.rule for failure in judge(gated, bad).failures] == [rule.name]
    rules_without(rule.name)
    assert judge(gated, bad.assign(grid="another " + bad["grid"])).passed


@pytest.mark.sql
@pytest.mark.parametrize(
    ("rule", "metric"), [case for case in CASES if case[0].kind not in ("times", "flat_line")], ids=name_of
)
def test_the_row_beyond_a_limit_is_flagged_and_no_other(gated: Warehouse, rule: LoadRule, metric: str) -> None:
    for frame in edge(rule, metric, outside=True):
        load_id = gated.deliver(frame, status=None).load_id
        judge_load(gated, load_id)
        last = frame.iloc[-1]
        flagged = gated.query(
            "select rule, kind, value, interval_start, collected_at from raw.flagged_rows where load_id = %s", load_id
        )
        value = None if last["value"] is None else float(last["value"])
        assert flagged == [(rule.name, rule.kind, value, last["interval_start"], last["collected_at"])]
    for frame in edge(rule, metric, outside=False):
        load_id = gated.deliver(frame, status=None).load_id
        judge_load(gated, load_id)
        assert gated.query("select count(*) from raw.flagged_rows where load_id = %s", load_id) == [(0,)]


@pytest.mark.sql
def test_a_flat_line_is_flagged_from_its_limit_on(gated: Warehouse) -> None:
    load_id = gated.deliver(rows("load", [5.0] * 50), status=None).load_id
    judge_load(gated, load_id)
    flagged = gated.query("select rule, interval_start from raw.flagged_rows where load_id = %s order by 2", load_id)
    assert flagged == [("load_flat_line", START + 48 * HOUR), ("load_flat_line", START + 49 * HOUR)]


@pytest.mark.sql
def test_judging_again_replaces_the_flags(gated: Warehouse, rules_without: Callable[[str], None]) -> None:
    load_id = judge(gated, with_failing(CASES[0][0], "temperature", 0).assign(value=float("inf"))).load_id
    counted = "select count(*) from raw.flagged_rows where load_id = %s"
    assert gated.query(counted, load_id) == [(400,)]
    judge_load(gated, load_id)
    assert gated.query(counted, load_id) == [(400,)]
    rules_without("finite_values")
    judge_load(gated, load_id)
    assert gated.query(counted, load_id) == [(0,)]


# What the marts publish of it ----------------------------------------------------------------------------------------


def few_bad(first_value: float = 300_000.0) -> pd.DataFrame:
    """Two hundred hours, of which the first is impossible: too few to hold the load."""
    return rows("load", [first_value, *[float(number % 5) for number in range(199)]])


def published(warehouse: Warehouse) -> list[tuple]:
    warehouse.apply_loads()
    return warehouse.query(FLAGS)


def test_flags_are_published_with_the_load_and_only_with_it(warehouse: Warehouse) -> None:
    verdict = judge(warehouse, few_bad())
    flags = published(warehouse)
    assert [flag[:3] for flag in flags] == [("load_jump", "jump", 0.0), ("load_range", "range", 300_000.0)]
    assert {flag[5] for flag in flags} == {verdict.load_id}
    held = judge(warehouse, rows("load", [300_000.0] * 2)).load_id
    assert status(warehouse, held) == "held"
    assert published(warehouse) == flags
    warehouse.set_status(held, "accepted")
    assert len(published(warehouse)) == 4
    warehouse.set_status(held, "withdrawn")
    assert published(warehouse) == flags


def test_a_flag_outlives_the_load_that_stored_the_row_where_another_repeated_it(warehouse: Warehouse) -> None:
    frame = few_bad()
    first = judge(warehouse, frame).load_id
    again = judge(warehouse, pd.concat([frame, frame.tail(1).assign(node="other")]))
    assert again.passed
    assert again.failures == []
    both = published(warehouse)
    assert {flag[5] for flag in both} == {first}
    warehouse.set_status(first, "withdrawn")
    assert [(*flag[:5], again.load_id) for flag in both] == published(warehouse)


def test_a_flag_is_about_a_number_and_goes_with_its_correction(warehouse: Warehouse) -> None:
    frame = few_bad()
    judge(warehouse, frame)
    correction = judge(warehouse, frame.head(1).assign(value=3.0)).load_id
    assert [flag[0] for flag in published(warehouse)] == ["load_jump"]
    warehouse.set_status(correction, "withdrawn")
    assert [flag[0] for flag in published(warehouse)] == ["load_jump", "load_range"]


@pytest.mark.sql
def test_the_facts_carry_the_names_of_the_rules_that_a_value_breaks(warehouse: Warehouse) -> None:
    frame = few_bad()
    judge(warehouse, pd.concat([frame, frame.tail(1).assign(interval_start=START + 500 * HOUR, value=-300_000.0)]))
    warehouse.apply_loads()
    facts = ("marts.fct_measures_latest", "marts.fct_measure_revisions", "marts.measures_as_of(now())")
    ask = "select value, quality_flag from {} where quality_flag is not null order by interval_start"
    reported = {fact: warehouse.query(ask.format(fact)) for fact in facts}
    expected = [(300_000.0, "load_range"), (0.0, "load_jump"), (-300_000.0, "load_range")]
    assert reported == dict.fromkeys(facts, expected)
    judge(warehouse, frame.head(1).assign(value=3.0))
    warehouse.apply_loads()
    reported = {fact: warehouse.query(ask.format(fact)) for fact in facts}
    assert reported == dict.fromkeys(facts, expected[1:])


@pytest.mark.sql
def test_a_query_that_asks_for_no_flag_does_not_read_the_flags(warehouse: Warehouse) -> None:
    judge(warehouse, few_bad())
    warehouse.apply_loads()
    plans = {
        column: str(warehouse.query(f"explain select {column} from marts.fct_measures_latest where series_id = 1"))
        for column in ("value", "quality_flag")
    }
    assert {column: "flagged" in plan for column, plan in plans.items()} == {"value": False, "quality_flag": True}


@pytest.mark.sql
def test_a_flag_says_whether_its_revision_is_the_newest(warehouse: Warehouse) -> None:
    reported = revisions((0, 0, 300_000.0), (0, 1, 4.0), *[(hour, hour, float(hour % 5)) for hour in range(1, 200)])
    assert judge(warehouse, reported).passed
    assert [(flag[0], flag[3]) for flag in published(warehouse)] == [("load_range", False)]


@pytest.mark.sql
def test_the_results_of_a_gate_are_published_as_history(warehouse: Warehouse) -> None:
    load_id = judge(warehouse, few_bad()).load_id
    judge_load(warehouse, load_id)
    reported = warehouse.query(
        "select rows_checked, rows_failed, is_passed from marts.fct_gate_results"
        " where load_id = %s and rule = 'load_range' order by checked_at",
        load_id,
    )
    assert reported == [(200, 1, True)] * 2


# What passes and what does not ---------------------------------------------------------------------------------------


@pytest.mark.sql
@pytest.mark.parametrize(
    ("fault", "attempts"),
    [
        (psycopg.errors.SerializationFailure("in each other's way"), 2),
        (psycopg.errors.AdminShutdown("going down"), 2),
        (psycopg.OperationalError("server closed the connection unexpectedly"), 2),
        (psycopg.errors.UndefinedTable("no such table"), 1),
    ],
)
def test_a_gate_that_failed_for_a_passing_reason_is_tried_again(
    gated: Warehouse, monkeypatch: pytest.MonkeyPatch, fault: psycopg.Error, attempts: int
) -> None:
    load_id = gated.deliver(rows("load", [1.0]), status=None).load_id
    honest, requested = load_gate_module.evaluate_rules, []

    def fails_once(*given: object) -> list:
        requested.append(load_id)
        if len(requested) == 1:
            raise fault
        return honest(*given)

    monkeypatch.setattr(load_gate_module, "evaluate_rules", fails_once)
    if attempts == 1:
        with pytest.raises(GateError, match="no such table"):
            retry_transient(lambda: judge_load(gated, load_id), first_wait=0)
    else:
        assert retry_transient(lambda: judge_load(gated, load_id), first_wait=0).passed
    assert len(requested) == attempts
    assert status(gated, load_id) == ("pending" if attempts == 1 else "accepted")


@pytest.mark.sql
def test_a_server_that_ends_the_session_while_it_judges_leaves_the_load_pending(gated: Warehouse) -> None:
    load_id = gated.deliver(rows("load", [1.0]), status=None).load_id
    with gated.connect(autocommit=False) as connection:
        pid = connection.info.backend_pid
        gated.query("select pg_terminate_backend(%s::integer)", pid)
        with pytest.raises(GateError, match="nothing was accepted"):
            load_gate_module.gate_loads(connection, [load_id])
        connection.close()
    assert status(gated, load_id) == "pending"
    assert judge_load(gated, load_id).passed
