"""The marts against a plain recomputation over everything delivered, for random loads in random order."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from loaders.dbt_runner import run_dbt
from tests.support.warehouses import Warehouse

START = datetime(2024, 3, 30, 22, tzinfo=UTC)
HOURS = [START + timedelta(hours=hour) for hour in (0, 1, 2, 740)]  # two months, so two partitions
COLLECTED = [START - timedelta(hours=30) + timedelta(hours=hours) for hours in (0, 6, 12, 29, 31, 80)]
TIMES = ["interval_start", "collected_at", "known_to", "first_collected_at"]
KEY = ["node", "interval_start", "collected_at"]

keys = st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(HOURS), st.sampled_from(COLLECTED))
values = st.sampled_from([None, 0.0, 1.0, 2.5])
loads = st.dictionaries(keys, values, min_size=1, max_size=12)


@dataclass
class Told:
    """What the warehouse was told: each load's rows in order of arrival, and which loads count."""

    rows: dict[int, dict[tuple, float | None]] = field(default_factory=dict)
    accepted: set[int] = field(default_factory=set)

    def revisions(self, moment: datetime | None = None) -> pd.DataFrame:
        """Recomputed from nothing: for each key the run of equal values that ends with the latest accepted load.

        moment: only what was collected up to then, chained as if nothing had come after."""
        found = {}
        for load_id in sorted(self.accepted):
            for key, value in self.rows[load_id].items():
                if key not in found or found[key][0] != value:
                    found[key] = (value, load_id)
        frame = pd.DataFrame(
            [(*key, value, load_id) for key, (value, load_id) in found.items()], columns=[*KEY, "value", "load_id"]
        )
        if moment is not None:
            frame = frame[frame["collected_at"] <= moment]
        frame = frame.astype({"value": "float64"}).sort_values(KEY, ignore_index=True)
        chain = frame.groupby(["node", "interval_start"])
        known_to = chain["collected_at"].shift(-1)
        first = chain["collected_at"].transform("min").where(known_to.isna())
        return frame.assign(previous_value=chain["value"].shift(1), known_to=known_to, first_collected_at=first)

    def as_of(self, moment: datetime | None) -> pd.DataFrame:
        frame = self.revisions(moment)
        newest = frame.sort_values(KEY).groupby(["node", "interval_start"], as_index=False).tail(1)
        return newest[[*KEY, "value", "load_id"]].reset_index(drop=True)


def same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    shape = {name: "datetime64[us, UTC]" for name in TIMES if name in left}
    shape |= {name: "float64" for name in ("value", "previous_value") if name in left}
    shape |= {"node": "object", "load_id": "int64"}
    ordered = [frame[list(left.columns)].astype(shape).sort_values(KEY, ignore_index=True) for frame in (left, right)]
    pd.testing.assert_frame_equal(*ordered)


@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("deliver"), loads, st.sampled_from(["accepted", "accepted", "pending", "held"])),
            st.tuples(st.just("accept"), st.integers(0, 7)),
            st.tuples(st.just("withdraw"), st.integers(0, 7)),
            st.tuples(st.just("build")),
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
    grid, told, moments = f"grid-{uuid.uuid4()}", Told(), []
    for step in steps:
        take(shared_warehouse, grid, told, step)
        now = shared_warehouse.query("select clock_timestamp()")[0][0]
        moments.append((now, told.as_of(COLLECTED[3]), told.revisions(COLLECTED[3])))
    shared_warehouse.apply_loads()
    compare(shared_warehouse, grid, told)
    for moment, expected, expected_revisions in moments:
        same(expected, answer(shared_warehouse, grid, COLLECTED[3], moment))
        chain = chain_of(shared_warehouse, grid, COLLECTED[3], moment)
        same(expected_revisions[chain.columns], chain)


def take(warehouse: Warehouse, grid: str, told: Told, step: tuple) -> None:
    known = sorted(told.rows)
    if step[0] == "deliver":
        rows = pd.DataFrame(
            [(grid, "r", node, "load", start, collected, value) for (node, start, collected), value in step[1].items()],
            columns=["grid", "region", *KEY[:1], "metric", *KEY[1:], "value"],
        )
        load_id = warehouse.deliver(rows, status=None).load_id
        told.rows[load_id] = step[1]
        if step[2] != "pending":
            warehouse.set_status(load_id, step[2])
        told.accepted |= {load_id} if step[2] == "accepted" else set()
    elif step[0] == "build":
        warehouse.apply_loads()
        compare(warehouse, grid, told)
    elif step[1] < len(known):
        load_id = known[step[1]]
        accept = step[0] == "accept"
        warehouse.set_status(load_id, "accepted" if accept else "withdrawn")
        told.accepted = told.accepted | {load_id} if accept else told.accepted - {load_id}


def compare(warehouse: Warehouse, grid: str, told: Told) -> None:
    revisions = warehouse.frame(
        "select node_name as node, interval_start, collected_at, value, load_id, previous_value, known_to,"
        " first_collected_at"
        " from marts.fct_measure_revisions where grid_name = %s",
        grid,
    )
    same(told.revisions(), revisions)
    latest = warehouse.frame(
        "select node_name as node, interval_start, collected_at, value, load_id"
        " from marts.fct_measures_latest where grid_name = %s",
        grid,
    )
    same(told.as_of(None), latest)
    same(latest, answer(warehouse, grid, datetime.now(UTC), None))
    for moment in COLLECTED:
        same(told.as_of(moment), answer(warehouse, grid, moment, None))
        chain = chain_of(warehouse, grid, moment, None)
        same(told.revisions(moment)[chain.columns], chain)


def test_a_full_refresh_gives_the_same_table_row_by_row(warehouse: Warehouse) -> None:
    grid, told = "refreshed", Told()
    for step in refreshed_story():
        take(warehouse, grid, told, step)
    warehouse.apply_loads()
    everything = "select * from staging.int_measure_revisions order by series_id, interval_start, collected_at"
    applied = "select load_id from staging.int_loads_applied order by load_id"
    stepwise, loads_applied = warehouse.frame(everything), warehouse.query(applied)
    assert len(stepwise) == len(told.revisions()) > 20
    run_dbt(["run", "--full-refresh", "--select", "int_loads_applied", "int_measure_revisions+"])
    pd.testing.assert_frame_equal(stepwise, warehouse.frame(everything))
    assert warehouse.query(applied) == loads_applied
    compare(warehouse, grid, told)


def refreshed_story() -> list[tuple]:
    """Loads out of order, corrections, repetitions and withdrawals, with builds between."""
    random, steps = Random(5), []
    every_key = [(node, hour, collected) for node in "ab" for hour in HOURS for collected in COLLECTED]
    for number in range(10):
        rows = {key: random.choice([None, 0.0, 1.0, 2.5]) for key in random.sample(every_key, 12)}
        steps.append(("deliver", rows, "held" if number % 4 == 3 else "accepted"))
        steps += [("build",)] if number % 3 == 0 else []
    # Rows that no load corrects, told twice, of which the load that stored them does not count in the end.
    repeated = {("c", hour, COLLECTED[0]): 7.0 for hour in HOURS}
    steps += [("deliver", repeated, "accepted"), ("build",), ("deliver", repeated, "accepted")]
    return [*steps, ("withdraw", 0), ("build",), ("accept", 3), ("withdraw", 4), ("accept", 0), ("withdraw", 10)]


def chain_of(warehouse: Warehouse, grid: str, collected: datetime, loaded: datetime | None) -> pd.DataFrame:
    return warehouse.frame(
        "select node_name as node, interval_start, collected_at, value, load_id, previous_value, known_to"
        " from marts.revisions_as_of(collected_datetime => %s, loaded_datetime => %s) where grid_name = %s",
        collected,
        loaded,
        grid,
    )


def answer(warehouse: Warehouse, grid: str, collected: datetime, loaded: datetime | None) -> pd.DataFrame:
    return warehouse.frame(
        "select node_name as node, interval_start, collected_at, value, load_id from marts.measures_as_of("
        " collected_datetime => %s, loaded_datetime => %s,"
        " grid_id => coalesce((select grid_id from raw.grids where grid_name = %s), -1))",
        collected,
        loaded,
        grid,
    )
