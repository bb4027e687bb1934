"""Cut-offs, accuracy and restatements against a plain recomputation, for random deliveries around clock changes."""

from collections.abc import Iterator
from datetime import time

import pytest

from tests.support.mart_comparisons import (
    CUTOFFS,
    KINDS,
    compare_accuracy,
    compare_at_cutoff,
    compare_restatements,
)
from tests.support.scenarios import deliver_scenarios, for_random_numbers, random_scenarios
from tests.support.warehouses import Warehouse

PLACES = [("R1", "N1"), ("R2", "N2")]


@pytest.fixture
def own_cutoffs(shared_warehouse: Warehouse) -> Iterator[list[tuple]]:
    """Cut-offs of the code list, one in the hour that clocks repeat or skip, and one that a grid has for itself."""
    added = [("half-past-two", 0, time(2, 30), None), ("half-past-two", 1, time(2, 30), "Europe/Berlin-")]
    yield CUTOFFS + added
    shared_warehouse.query("delete from marts.cutoffs where name = 'half-past-two'")


@for_random_numbers(2)
def test_what_was_known_at_a_cut_off_is_right_on_days_of_clock_changes(
    shared_warehouse: Warehouse, own_cutoffs: list[tuple], number: int
) -> None:
    scenarios = random_scenarios(
        number, [("power", "a", "PT1H"), ("price", "b", "P1D"), ("load", "a", "PT15M")], PLACES
    )
    cutoffs = {
        scenario.token: [(*rest, grid and grid.replace("-", f"-{scenario.token}")) for *rest, grid in own_cutoffs]
        for scenario in scenarios
    }
    shared_warehouse.query("truncate marts.cutoffs")
    for cutoff in {cutoff for each in cutoffs.values() for cutoff in each}:
        shared_warehouse.query("insert into marts.cutoffs values (%s, %s, %s, %s)", *cutoff)
    for scenario, reported in zip(scenarios, deliver_scenarios(shared_warehouse, scenarios), strict=True):
        assert compare_at_cutoff(shared_warehouse, scenario, reported, cutoffs[scenario.token]) > 0


@for_random_numbers(2)
def test_the_error_of_every_forecast_is_right(shared_warehouse: Warehouse, number: int) -> None:
    scenarios = random_scenarios(number, KINDS, PLACES[:1])
    for scenario, reported in zip(scenarios, deliver_scenarios(shared_warehouse, scenarios), strict=True):
        assert compare_accuracy(shared_warehouse, scenario, reported) > 0


@for_random_numbers(2)
def test_every_change_after_delivery_is_reported_with_its_size_and_lateness(
    shared_warehouse: Warehouse, number: int
) -> None:
    scenarios = random_scenarios(
        number,
        [
            ("power", "a", "PT1H"),
            ("price", "a", "P1D"),
            ("load", "a", "PT15M"),
            ("load", "a", "P7D"),
            ("price", "b", "P1M"),
        ],
        PLACES[:1],
    )
    for scenario, reported in zip(scenarios, deliver_scenarios(shared_warehouse, scenarios), strict=True):
        assert compare_restatements(shared_warehouse, scenario, reported) > 0
