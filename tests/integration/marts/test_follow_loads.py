"""All marts together, as loads come, go and come back, and as the meaning of a metric changes."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from loaders.registry.definitions import register
from tests.support.expected_marts import HOUR, Reported
from tests.support.mart_comparisons import (
    KINDS,
    LEVELS,
    compare_accuracy,
    compare_at_cutoff,
    compare_completeness,
    compare_restatements,
    compare_rollups,
    region_of,
)
from tests.support.scenarios import Scenario, deliver_scenario, random_scenario
from tests.support.warehouses import Warehouse

START = datetime(2024, 3, 31, 0, tzinfo=UTC)
COLUMNS = ["grid", "region", "node", "metric", "interval_start", "collected_at", "value"]


@pytest.mark.sql
def test_every_mart_follows_a_load_that_is_withdrawn_and_accepted_again(shared_warehouse: Warehouse) -> None:
    scenario = random_scenario(2024, KINDS, [("R1", "N1"), ("R1", "N2")])
    scenario.withdrawn.clear()
    reported = deliver_scenario(shared_warehouse, scenario)
    counts = compare_all(shared_warehouse, scenario, reported)
    assert min(counts) > 0
    some = sorted(reported.accepted)[:3]
    for load_id in some:
        shared_warehouse.set_status(load_id, "withdrawn")
    reported.accepted -= set(some)
    shared_warehouse.apply_loads()
    assert compare_all(shared_warehouse, scenario, reported) < counts
    for load_id in reversed(some):
        shared_warehouse.set_status(load_id, "accepted")
    reported.accepted |= set(some)
    shared_warehouse.apply_loads()
    assert compare_all(shared_warehouse, scenario, reported) == counts


def compare_all(warehouse: Warehouse, scenario: Scenario, reported: Reported) -> list[int]:
    return [
        compare(warehouse, scenario, reported)
        for compare in (compare_at_cutoff, compare_accuracy, compare_restatements, compare_completeness)
    ] + [compare_rollups(warehouse, scenario, reported, region_of)]


def test_a_metric_that_gets_an_actual_of_its_own_is_measured_against_that(shared_warehouse: Warehouse) -> None:
    rows = [("outlook", -5 * HOUR, 90.0), ("outlook", 2 * HOUR, 95.0), ("outcome", 3 * HOUR, 100.0)]
    switch(shared_warehouse, None)
    frame = pd.DataFrame(
        [("switched", "R", "N", metric, START, START + after, value) for metric, after, value in rows],
        columns=COLUMNS,
    )
    shared_warehouse.deliver(frame)
    shared_warehouse.apply_loads()
    ask = (
        "select metric, lead_time_hours, actual_value, error from marts.fct_forecast_accuracy"
        " where grid_name = 'switched' order by lead_time_hours desc"
    )
    assert shared_warehouse.query(ask) == [("outlook", 5.0, 95.0, -5.0)]
    switch(shared_warehouse, "outcome")
    shared_warehouse.apply_loads()
    assert shared_warehouse.query(ask) == [("outlook", 5.0, 100.0, -10.0), ("outlook", -2.0, 100.0, -5.0)]


def switch(warehouse: Warehouse, actual_metric: str | None) -> None:
    described = [{"metric": "outcome", "unit": "MW", "aggregation": "sum"}]
    described.append({**described[0], "metric": "outlook", "actual_metric": actual_metric or ""})
    with warehouse.connect(autocommit=False) as connection:
        register(connection, {"metrics": described})


def test_a_near_zero_actual_gives_an_error_but_no_relative_error(shared_warehouse: Warehouse) -> None:
    hours = [START + hour * HOUR for hour in range(4)]
    actuals = [0.0, 9e-7, -1e-6, None]
    rows = [("nearly", "R", "N", "power", hour, hour - HOUR, 5.0) for hour in hours]
    rows += [
        ("nearly", "R", "N", "power", hour, hour + HOUR, actual) for hour, actual in zip(hours, actuals, strict=True)
    ]
    shared_warehouse.deliver(pd.DataFrame(rows, columns=COLUMNS))
    shared_warehouse.apply_loads()
    answer = shared_warehouse.query(
        "select error, relative_error is null, quality_level from marts.fct_forecast_accuracy"
        " where grid_name = 'nearly' order by interval_start"
    )
    worst = LEVELS[-1][0]
    assert answer == [(5.0, True, None), (5.0 - 9e-7, True, None), (5.0 + 1e-6, False, worst), (None, True, None)]
