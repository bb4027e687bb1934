"""Cut-offs, accuracy and restatements against a plain recomputation, for random deliveries around clock changes."""

import csv
from collections.abc import Iterator
from datetime import time

import pytest

from loaders.settings import PROJECT_ROOT
from tests.support import expected_marts as plain_marts
from tests.support.expected_marts import Told, same
from tests.support.scenarios import METRICS, Scenario, for_random_numbers, random_scenario, tell
from tests.support.warehouses import Warehouse

NAMES = "grid_name, region_name, node_name, metric, source"
PLACES = [("R1", "N1"), ("R2", "N2")]
KINDS = [
    *[("load_forecast", "a", "PT1H"), ("load_forecast", "b", "PT1H"), ("load_forecast", "daily", "P1D")],
    *[("load", "c", "PT1H"), ("load", "b", "PT15M"), ("power", "a", "PT1H"), ("price", "a", "P1D")],
    *[
        ("energy_forecast", "a", "PT1H"),
        ("energy", "c", "P1D"),
        ("energy", "d", "PT30M"),
        ("energy_in_kwh", "a", "PT1H"),
    ],
]


def code_list(name: str) -> list[dict[str, str]]:
    with (PROJECT_ROOT / "dbt_project" / "seeds" / f"{name}.csv").open() as file:
        return list(csv.DictReader(file))


LEVELS = [(row["quality_level"], float(row["relative_error_from"])) for row in code_list("quality_levels")]
BOUNDS = [float(row["hours_from"]) for row in code_list("lead_time_buckets")]
CUTOFFS = [
    (row["name"], int(row["days_before_delivery"]), time.fromisoformat(row["local_time"]), row["grid"] or None)
    for row in code_list("cutoffs")
]


def ask(warehouse: Warehouse, scenario: Scenario, columns: str, mart: str) -> list[tuple]:
    return warehouse.query(f"select {columns} from marts.{mart} where grid_name like %s", f"%{scenario.token}")


@pytest.fixture
def own_cutoffs(shared_warehouse: Warehouse) -> Iterator[list[tuple]]:
    """Cut-offs of the code list, one in the hour that clocks repeat or skip, and one that a grid has for itself."""
    added = [("half-past-two", 0, time(2, 30), None), ("half-past-two", 1, time(2, 30), "Europe/Berlin-")]
    yield CUTOFFS + added
    shared_warehouse.query("delete from marts.cutoffs where name = 'half-past-two'")


@for_random_numbers(5)
def test_what_was_known_at_a_cut_off_is_right_on_days_of_clock_changes(
    shared_warehouse: Warehouse, own_cutoffs: list[tuple], number: int
) -> None:
    scenario = random_scenario(number, [("power", "a", "PT1H"), ("price", "b", "P1D"), ("load", "a", "PT15M")], PLACES)
    cutoffs = [(*rest, grid and grid.replace("-", f"-{scenario.token}")) for *rest, grid in own_cutoffs]
    shared_warehouse.query("truncate marts.cutoffs")
    for cutoff in cutoffs:
        shared_warehouse.query("insert into marts.cutoffs values (%s, %s, %s, %s)", *cutoff)
    told = tell(shared_warehouse, scenario)
    assert compare_at_cutoff(shared_warehouse, scenario, told, cutoffs) > 0


def compare_at_cutoff(warehouse: Warehouse, scenario: Scenario, told: Told, cutoffs: list[tuple] = CUTOFFS) -> int:
    columns = f"{NAMES}, cutoff_name, interval_start, delivery_date, cutoff_at, value, collected_at"
    answer = ask(warehouse, scenario, columns, "fct_measures_at_cutoff")
    return same(plain_marts.at_cutoff(told.chains(), cutoffs), answer, keys=7)


@for_random_numbers(5)
def test_the_error_of_every_forecast_is_right(shared_warehouse: Warehouse, number: int) -> None:
    scenario = random_scenario(number, KINDS, PLACES[:1])
    told = tell(shared_warehouse, scenario)
    assert compare_accuracy(shared_warehouse, scenario, told) > 0


def compare_accuracy(warehouse: Warehouse, scenario: Scenario, told: Told) -> int:
    expected = list(plain_marts.accuracy(told.chains(), scenario.everything, METRICS, LEVELS))
    answer = warehouse.query(
        "select accuracy.grid_name, accuracy.region_name, accuracy.node_name, accuracy.metric, accuracy.source,"
        " interval_start, collected_at, lead_time_hours, actual.source as actual_source, forecast_value, actual_value,"
        " error, relative_error, quality_level"
        " from marts.fct_forecast_accuracy as accuracy"
        " inner join marts.dim_series as actual on accuracy.actual_series_id = actual.series_id"
        " where accuracy.grid_name like %s and absolute_error is not distinct from abs(error)",
        f"%{scenario.token}",
    )
    count = same(expected, answer, keys=7)
    columns = f"{NAMES}, lead_time_from_hours, lead_time_to_hours, forecasts, bias, mae, rmse, mape, wape"
    answer = ask(warehouse, scenario, columns, "agg_accuracy_by_lead_time")
    same(plain_marts.accuracy_by_lead_time(expected, BOUNDS), answer, keys=7)
    return count


@for_random_numbers(5)
def test_every_change_after_delivery_is_told_with_its_size_and_lateness(
    shared_warehouse: Warehouse, number: int
) -> None:
    scenario = random_scenario(
        number, [("power", "a", "PT1H"), ("price", "a", "P1D"), ("load", "a", "PT15M")], PLACES[:1]
    )
    told = tell(shared_warehouse, scenario)
    assert compare_restatements(shared_warehouse, scenario, told) > 0


def compare_restatements(warehouse: Warehouse, scenario: Scenario, told: Told) -> int:
    expected = list(plain_marts.restatements(told.chains()))
    columns = (
        f"{NAMES}, interval_start, collected_at, delivery_date, restatement_rank, is_first_reading,"
        " previous_value, value, change, relative_change, lateness_hours"
    )
    count = same(expected, ask(warehouse, scenario, columns, "fct_restatements"), keys=7)
    columns = (
        f"{NAMES}, delivery_month, restatements, intervals, withdrawals, mean_change, mean_absolute_change,"
        " largest_absolute_change, mean_relative_change, largest_relative_change,"
        " mean_lateness_hours, longest_lateness_hours"
    )
    same(plain_marts.restatements_by_month(expected), ask(warehouse, scenario, columns, "agg_restatements"), keys=6)
    return count
