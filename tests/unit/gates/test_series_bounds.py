"""What the bounds of a series say about its rows. Doubt is always allowed, and confidence only where it is due."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter

from loaders.gates.rule_kinds import AnyLoadRule
from loaders.gates.series_bounds import SeriesBounds, may_exceed, seconds_between_instants

DAY, HOUR = 86_400.0, 3_600.0
NOW = datetime(2024, 5, 1, tzinfo=UTC).timestamp()
GOOD = SeriesBounds(
    null_count=0, value_min=-5.0, value_max=5.0, first_time=NOW, collected_after_load=-HOUR, interval_after_load=DAY,
    longest_lead=DAY, longest_delay=0.0, span=DAY, step=HOUR,
)  # fmt: skip
RULES = {
    "finite": {},
    "times": {"earliest": datetime(1950, 1, 1).date(), "collected_ahead": "P1D", "interval_ahead": "P10D"},
    "range": {"min": -10.0, "max": 10.0},
    "jump": {"max_change": 12.0},
    "flat_line": {"longest": "PT48H"},
    "horizon": {"before": "P2D", "after": "P20D"},
    "nulls": {},
}


def rule(kind: str) -> AnyLoadRule:
    entry = {"name": kind, "kind": kind, "metrics": "*", "share_allowed": 0.0, **RULES[kind]}
    return TypeAdapter(AnyLoadRule).validate_python(entry)


@pytest.mark.parametrize("kind", RULES)
def test_a_series_well_within_its_limits_is_beyond_doubt(kind: str) -> None:
    assert not rule(kind).may_be_broken(GOOD)
    assert not rule(kind).may_be_broken(replace(GOOD, value_min=None, value_max=None))


@pytest.mark.parametrize(
    ("kind", "bounds"),
    [
        ("finite", {"value_max": math.inf}),
        ("finite", {"value_min": -math.inf}),
        ("finite", {"value_max": math.nan}),
        ("times", {"first_time": datetime(1949, 12, 31, 23, 59, tzinfo=UTC).timestamp()}),
        ("times", {"collected_after_load": DAY + 1e-6}),
        ("times", {"interval_after_load": 11 * DAY}),
        ("times", {"interval_after_load": math.inf}),
        ("range", {"value_max": math.nextafter(10, 11)}),
        ("range", {"value_min": math.nextafter(-10, -11)}),
        ("range", {"value_max": math.nan}),
        ("jump", {"value_max": 7.1}),
        ("jump", {"value_max": math.nan}),
        ("jump", {"value_min": -math.inf, "value_max": math.inf}),
        ("flat_line", {"span": 48 * HOUR}),
        ("horizon", {"longest_lead": 2 * DAY + 1e-6}),
        ("horizon", {"longest_delay": 21 * DAY}),
        ("horizon", {"longest_lead": math.nan}),
        ("nulls", {"null_count": 1}),
    ],
)
def test_a_bound_beyond_a_limit_is_a_doubt(kind: str, bounds: dict) -> None:
    assert rule(kind).may_be_broken(replace(GOOD, **bounds))


def test_a_rounded_time_on_the_limit_is_a_doubt() -> None:
    assert [may_exceed(seconds, 10) for seconds in (9.9, 10.0, 10.1, math.nan)] == [False, True, True, True]


@pytest.mark.parametrize(("longest", "step"), [(48 * HOUR, HOUR), (14 * DAY, DAY), (7 * DAY, HOUR / 12)])
def test_a_long_flat_line_covers_four_instants_and_an_interval_one(longest: float, step: float) -> None:
    distance = seconds_between_instants(longest, step)
    assert distance is not None
    assert 4 * distance <= longest - step
    assert distance >= 1.5 * step


def test_steps_that_are_long_for_the_limit_leave_no_instants() -> None:
    assert seconds_between_instants(2 * DAY, DAY) is None
