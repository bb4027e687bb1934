"""The marts against a plain recomputation over everything delivered, for random loads in random order."""

import os
import uuid
from pathlib import Path
from random import Random

import pandas as pd
import pytest

from tests.support.revision_oracle import COLLECTED, HOURS, DeliveredLoads, answer, chain_of, compare, same, take
from tests.support.scenarios import for_random_numbers
from tests.support.warehouses import Warehouse

STORIES, ROUNDS, STEPS = 12, 5, 2


@for_random_numbers(2)
def test_every_mart_answer_is_that_of_a_plain_recomputation(shared_warehouse: Warehouse, number: int) -> None:
    """Stories of random loads side by side, each of two nodes of its own, so that one build serves all of them."""
    random, grid, delivered, moments = Random(number), f"grid-{uuid.uuid4()}", DeliveredLoads(), []
    for change in ["small", "large", *random.choices(["small", "large"], k=ROUNDS - 2)]:
        for _ in range(STEPS):
            for story in random.sample(range(STORIES), STORIES):
                take(shared_warehouse, grid, delivered, random_step(random, story, len(delivered.rows)))
            now = shared_warehouse.query("select clock_timestamp()")[0][0]
            moments.append((now, delivered.as_of(COLLECTED[3]), delivered.revisions(COLLECTED[3])))
        take(shared_warehouse, grid, delivered, ("build", change))
    for moment, expected, expected_revisions in moments:
        same(expected, answer(shared_warehouse, grid, COLLECTED[3], moment))
        chain = chain_of(shared_warehouse, grid, COLLECTED[3], moment)
        same(expected_revisions[chain.columns], chain)


def random_step(random: Random, story: int, loads: int) -> tuple:
    """A load of up to 12 rows of the story's nodes, or the acceptance or withdrawal of any load."""
    action = random.choice(["deliver", "deliver", "accept", "withdraw"])
    if action != "deliver":
        return (action, random.randrange(max(loads, 1)))
    keys = [(f"{story}-{node}", hour, collected) for node in "ab" for hour in HOURS for collected in COLLECTED]
    rows = {key: random.choice([None, 0.0, 1.0, 2.5]) for key in random.sample(keys, random.randint(1, 12))}
    return ("deliver", rows, random.choice(["accepted", "accepted", "pending", "held"]))


@pytest.mark.parametrize("change", ["small", "large"])
def test_a_full_refresh_gives_the_same_table_row_by_row(warehouse: Warehouse, change: str) -> None:
    grid, delivered = "refreshed", DeliveredLoads()
    for step in refreshed_story(change):
        take(warehouse, grid, delivered, step)
    warehouse.apply_loads()
    everything = "select * from staging.int_measure_revisions order by series_id, interval_start, collected_at"
    applied = "select load_id from staging.int_loads_applied order by load_id"
    stepwise, loads_applied = warehouse.frame(everything), warehouse.query(applied)
    summaries = summaries_of(warehouse)
    assert {name for name, rows in summaries.items() if rows.empty} == set()
    assert len(stepwise) == len(delivered.revisions()) > 20
    warehouse.build("--full-refresh")
    pd.testing.assert_frame_equal(stepwise, warehouse.frame(everything))
    assert warehouse.query(applied) == loads_applied
    for name, rows in summaries_of(warehouse).items():
        pd.testing.assert_frame_equal(summaries[name], rows, rtol=1e-12, obj=name)
    compare(warehouse, grid, delivered)


def summaries_of(warehouse: Warehouse) -> dict[str, pd.DataFrame]:
    """The rows of each summary, in order of all its keys."""
    keys = {
        "int_series_days": "series_id, local_date",
        "int_restatement_days": "series_id, local_date",
        "int_forecast_error_days": "series_id, local_date, grouped_by, group_number",
        "int_region_hours": "region_id, metric, source, interval_start",
        "int_grid_hours": "grid_id, metric, source, interval_start",
    }
    return {name: warehouse.frame(f"select * from staging.{name} order by {key}") for name, key in keys.items()}


def refreshed_story(change: str) -> list[tuple]:
    """Loads out of order, corrections, repetitions and withdrawals, with builds of such a change between."""
    build = ("build", change)
    random, steps = Random(5), []
    every_key = [(node, hour, collected) for node in "ab" for hour in HOURS for collected in COLLECTED]
    for number in range(10):
        rows = {key: random.choice([None, 0.0, 1.0, 2.5]) for key in random.sample(every_key, 12)}
        steps.append(("deliver", rows, "held" if number % 4 == 3 else "accepted"))
        steps += [build] if number % 3 == 0 else []
    # Rows that no load corrects, delivered twice, of which the load that stored them does not count in the end.
    repeated = {("c", hour, COLLECTED[0]): 7.0 for hour in HOURS}
    steps += [("deliver", repeated, "accepted"), build, ("deliver", repeated, "accepted")]
    # Readings after delivery that a later load restates.
    readings = {("d", HOURS[0], collected): float(number) for number, collected in enumerate(COLLECTED[4:], 1)}
    steps += [("deliver", {key: value}, "accepted") for key, value in readings.items()]
    return [*steps, ("withdraw", 0), build, ("accept", 3), ("withdraw", 4), ("accept", 0), ("withdraw", 10)]


@pytest.mark.sql
@pytest.mark.parametrize("as_large_change", [False, True])
def test_a_large_change_is_applied_by_a_program_of_its_own(warehouse: Warehouse, as_large_change: bool) -> None:
    take(warehouse, "g", DeliveredLoads(), ("deliver", {("a", HOURS[0], COLLECTED[0]): 1.0}, "accepted"))
    warehouse.apply_loads(as_large_change)
    folder = Path(os.environ["DBT_TARGET_PATH"], "compiled/warehouse/models/intermediate")
    assert ("full join" in (folder / "int_measure_revisions.sql").read_text()) == as_large_change
    assert warehouse.query("select count(*) from marts.fct_measures_latest") == [(1,)]
