"""Every shipped rule of the load gate: rows that reach its limit, rows just beyond it, and the share that it allows."""

from datetime import UTC, datetime, timedelta

import pytest

from loaders.gates.rule_kinds import LoadRule
from tests.support.gate_cases import (
    CASES,
    EARLIEST,
    MANY,
    RULES,
    START,
    TICK,
    edge,
    failed_rows,
    judge,
    judge_load,
    name_of,
    rows,
    status,
    with_failing,
)
from tests.support.warehouses import Warehouse


@pytest.mark.parametrize(
    ("rule", "metric"),
    [case for case in CASES if case[0].kind != "times"],
    ids=name_of,
)
def test_a_limit_may_be_reached_and_not_passed(gated: Warehouse, rule: LoadRule, metric: str) -> None:
    for frame in edge(rule, metric, outside=False):
        load_id = gated.deliver(frame, status=None).load_id
        judge_load(gated, load_id)
        assert failed_rows(gated, load_id) == {}
    for frame in edge(rule, metric, outside=True):
        load_id = gated.deliver(frame, status=None).load_id
        judge_load(gated, load_id)
        assert failed_rows(gated, load_id) == {rule.name: 1}


@pytest.mark.parametrize(
    ("times", "failed"),
    [
        ({"start": EARLIEST}, 0),
        ({"start": EARLIEST - timedelta(hours=1), "collected_at": EARLIEST}, 1),
        ({"start": EARLIEST, "collected_at": EARLIEST - TICK}, 1),
    ],
)
def test_times_begin_at_the_earliest_sane_one(gated: Warehouse, times: dict, failed: int) -> None:
    assert sum(result.rows_failed for result in judge(gated, rows("temperature", [1.0], **times)).failures) == failed


@pytest.mark.parametrize(
    ("column", "ahead", "start"),
    [
        ("collected_at", "collected_ahead", START),
        ("interval_start", "interval_ahead", datetime(2090, 1, 1, tzinfo=UTC)),
    ],
)
def test_times_may_be_ahead_of_the_storing_by_so_much(
    gated: Warehouse, column: str, ahead: str, start: datetime
) -> None:
    limit = RULES.of("temperature")[1].limits[ahead]
    for beyond, failures in ((timedelta(0), []), (TICK, ["sane_times"])):
        frame = rows("temperature", [1.0], start=start)
        load_id = gated.deliver(frame, status=None).load_id
        stored = frame[column][0].to_pydatetime() - limit - beyond
        gated.query("update raw.loads set loaded_at = %s where load_id = %s returning 1", stored, load_id)
        if column == "interval_start":  # else what was collected is ahead as well
            gated.query("update raw.measures set collected_at = %s where load_id = %s returning 1", stored, load_id)
        assert [failure.rule for failure in judge_load(gated, load_id).failures] == failures


@pytest.mark.parametrize(("rule", "metric"), CASES, ids=name_of)
def test_a_load_is_held_by_one_row_more_than_the_share_of_that_rule(
    gated: Warehouse, rule: LoadRule, metric: str
) -> None:
    allowed = round(MANY * rule.share_allowed)
    kept = judge(gated, with_failing(rule, metric, allowed))
    assert kept.passed
    assert status(gated, kept.load_id) == "accepted"
    assert failed_rows(gated, kept.load_id) == ({rule.name: allowed} if allowed else {})
    # By this rule alone: without it, the load would have passed.
    broken = judge(gated, with_failing(rule, metric, allowed + 1))
    assert not broken.passed
    assert [failure.rule for failure in broken.failures] == [rule.name]
    assert status(gated, broken.load_id) == "held"
