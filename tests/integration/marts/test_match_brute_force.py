"""The marts against a plain recomputation over everything delivered, for random loads in random order."""

import os
import uuid
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.revision_oracle import COLLECTED, HOURS, DeliveredLoads, answer, chain_of, compare, same, take
from tests.support.warehouses import Warehouse

keys = st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(HOURS), st.sampled_from(COLLECTED))
values = st.sampled_from([None, 0.0, 1.0, 2.5])
loads = st.dictionaries(keys, values, min_size=1, max_size=12)


@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("deliver"), loads, st.sampled_from(["accepted", "accepted", "pending", "held"])),
            st.tuples(st.just("accept"), st.integers(0, 7)),
            st.tuples(st.just("withdraw"), st.integers(0, 7)),
            st.tuples(st.just("build"), st.sampled_from(["small", "large"])),
        ),
        min_size=2,
        max_size=14,
    )
)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
def test_every_mart_answer_is_that_of_a_plain_recomputation(shared_warehouse: Warehouse, steps: list[tuple]) -> None:
    grid, delivered, moments = f"grid-{uuid.uuid4()}", DeliveredLoads(), []
    for step in steps:
        take(shared_warehouse, grid, delivered, step)
        now = shared_warehouse.query("select clock_timestamp()")[0][0]
        moments.append((now, delivered.as_of(COLLECTED[3]), delivered.revisions(COLLECTED[3])))
    shared_warehouse.apply_loads()
    compare(shared_warehouse, grid, delivered)
    for moment, expected, expected_revisions in moments:
        same(expected, answer(shared_warehouse, grid, COLLECTED[3], moment))
        chain = chain_of(shared_warehouse, grid, COLLECTED[3], moment)
        same(expected_revisions[chain.columns], chain)


@pytest.mark.parametrize("change", ["small", "large"])
def test_a_full_refresh_gives_the_same_table_row_by_row(warehouse: Warehouse, change: str) -> None:
    grid, delivered = "refreshed", DeliveredLoads()
    for step in refreshed_story(change):
        take(warehouse, grid, delivered, step)
    warehouse.apply_loads()
    everything = "select * from staging.int_measure_revisions order by series_id, interval_start, collected_at"
    applied = "select load_id from staging.int_loads_applied order by load_id"
    stepwise, loads_applied = warehouse.frame(everything), warehouse.query(applied)
    assert len(stepwise) == len(delivered.revisions()) > 20
    warehouse.build("--full-refresh")
    pd.testing.assert_frame_equal(stepwise, warehouse.frame(everything))
    assert warehouse.query(applied) == loads_applied
    compare(warehouse, grid, delivered)


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
    return [*steps, ("withdraw", 0), build, ("accept", 3), ("withdraw", 4), ("accept", 0), ("withdraw", 10)]


@pytest.mark.parametrize("as_large_change", [False, True])
def test_a_large_change_is_applied_by_a_program_of_its_own(warehouse: Warehouse, as_large_change: bool) -> None:
    take(warehouse, "g", DeliveredLoads(), ("deliver", {("a", HOURS[0], COLLECTED[0]): 1.0}, "accepted"))
    warehouse.apply_loads(as_large_change)
    folder = Path(os.environ["DBT_TARGET_PATH"], "compiled/warehouse/models/intermediate")
    assert ("full join" in (folder / "int_measure_revisions.sql").read_text()) == as_large_change
    assert warehouse.query("select count(*) from marts.fct_measures_latest") == [(1,)]
