"""Roll-ups, completeness and the history of the hierarchy against a plain recomputation."""

from datetime import UTC, datetime

import pytest

from tests.support import expected_marts as plain_marts
from tests.support.expected_marts import HOUR, Series, same
from tests.support.mart_comparisons import compare_completeness, compare_rollups, region_of
from tests.support.scenarios import (
    METRICS,
    Scenario,
    apply_with_history,
    deliver_scenario,
    deliver_scenarios,
    for_random_numbers,
    random_scenario,
    random_scenarios,
)
from tests.support.warehouses import Warehouse

PLACES = [("R1", "N1"), ("R1", "N2"), ("R2", "N3")]
KINDS = [("power", "a", "PT1H"), ("load", "a", "PT15M"), ("price", "a", "PT30M"), ("energy", "a", "PT15M")]
DAILY = [("power", "b", "PT1H"), ("price", "b", "P1D")]
LATE = datetime(2024, 11, 9, 17, 30, tzinfo=UTC)


@pytest.mark.sql
@for_random_numbers(2)
def test_days_have_as_many_intervals_as_the_local_clock_says(shared_warehouse: Warehouse, number: int) -> None:
    kinds = [("power", "a", "PT1H"), ("load", "a", "PT15M"), ("price", "a", "P1D")]
    scenarios = random_scenarios(number, kinds, PLACES)
    for scenario, reported in zip(scenarios, deliver_scenarios(shared_warehouse, scenarios), strict=True):
        assert compare_completeness(shared_warehouse, scenario, reported) > 0


@for_random_numbers(2)
def test_a_node_counts_where_it_was_when_the_hour_began(shared_warehouse: Warehouse, number: int) -> None:
    scenarios = random_scenarios(number, KINDS + DAILY, PLACES)
    everything_reported = deliver_scenarios(shared_warehouse, scenarios)
    apply_with_history(shared_warehouse)
    moved_at = {grid: moment for scenario in scenarios for grid, moment in midday_of_change(scenario).items()}
    for grid in moved_at:
        move_first_node(shared_warehouse, grid)
    apply_with_history(shared_warehouse)
    for grid, moment in moved_at.items():
        pretend_moved_at(shared_warehouse, grid, moment)
    shared_warehouse.apply_loads()

    def region(series: Series, hour: datetime) -> tuple[str, str]:
        moved = series.node == "N1" and hour >= moved_at[series.grid]
        return (series.grid, "R2" if moved else series.region)

    for scenario, reported in zip(scenarios, everything_reported, strict=True):
        assert compare_rollups(shared_warehouse, scenario, reported, region) > 0
    grid = scenarios[0].everything[0].grid
    ranges = shared_warehouse.query(
        "select region_name, valid_from, valid_to from marts.dim_node_history"
        " where node_name = 'N1' and grid_name = %s order by valid_from nulls first",
        grid,
    )
    assert ranges == [("R1", None, moved_at[grid]), ("R2", moved_at[grid], None)]


def midday_of_change(scenario: Scenario) -> dict[str, datetime]:
    """For each grid a moment between its intervals: half an hour after one of the reported hours in the middle."""
    starts = {series.grid: [] for series in scenario.everything}
    for rows in scenario.loads.values():
        for series, start, _ in rows:
            if series.resolution != "P1D":
                starts[series.grid].append(start.replace(minute=0))
    return {grid: sorted(set(reported))[len(set(reported)) // 2] - HOUR / 2 for grid, reported in starts.items()}


def move_first_node(warehouse: Warehouse, grid: str) -> None:
    warehouse.query(
        "update raw.nodes set region_id = other.region_id from raw.regions as one, raw.regions as other, raw.grids"
        " where nodes.node_name = 'N1' and nodes.region_id = one.region_id and one.region_name = 'R1'"
        " and one.grid_id = grids.grid_id and grids.grid_name = %s"
        " and other.grid_id = grids.grid_id and other.region_name = 'R2'",
        grid,
    )


def pretend_moved_at(warehouse: Warehouse, grid: str, moment: datetime) -> None:
    """As if the snapshots had been taken a day before and at the moment."""
    versions = "update staging.snap_nodes set {} where node_name = 'N1' and grid_name = %s and dbt_valid_to {}"
    before = versions.format("dbt_valid_from = %s, dbt_valid_to = %s", "is not null")
    after = versions.format("dbt_valid_from = %s", "is null")
    warehouse.query(before, moment - 24 * HOUR, moment, grid)
    warehouse.query(after, moment, grid)


@pytest.mark.sql
def test_the_filters_of_region_hourly_as_of_choose_rows_of_the_whole(shared_warehouse: Warehouse) -> None:
    scenario = random_scenario(5, KINDS, PLACES)
    deliver_scenario(shared_warehouse, scenario)
    grid = scenario.everything[0].grid
    rows = shared_warehouse.frame("select * from marts.region_hourly_as_of(%s) where grid_name = %s", LATE, grid)
    hours = sorted(rows["interval_start"].unique())
    assert len(hours) > 2
    # The last hour begins before the end, though most of it comes after.
    start, end = hours[1], hours[-1] + HOUR / 4
    wanted = rows[(rows["interval_start"] >= start) & (rows["interval_start"] < end)]
    region_id, grid_id = (int(wanted[name].iloc[0]) for name in ("region_id", "grid_id"))
    assert "load" in set(wanted[wanted["interval_start"] == hours[-1]]["metric"])
    choices = [
        ((grid_id, None, None), wanted),
        ((None, region_id, None), wanted[wanted["region_id"] == region_id]),
        ((grid_id, region_id, "load"), wanted[(wanted["region_id"] == region_id) & (wanted["metric"] == "load")]),
    ]
    for filters, chosen in choices:
        requested = (LATE, start, end, *filters)
        part = shared_warehouse.query("select * from marts.region_hourly_as_of(%s, %s, %s, %s, %s, %s)", *requested)
        assert len(chosen) > 0
        assert sorted(part) == sorted(chosen.itertuples(index=False, name=None))


def test_a_roll_up_can_be_requested_as_the_warehouse_held_it_before_a_withdrawal(shared_warehouse: Warehouse) -> None:
    scenario = random_scenario(6, KINDS, PLACES)
    scenario.withdrawn.clear()
    reported = deliver_scenario(shared_warehouse, scenario)
    held = shared_warehouse.query("select clock_timestamp()")[0][0]
    ask = (
        "select grid_name, region_name, metric, source, interval_start, value, nodes_reporting, nodes_expected,"
        " resolutions"
        " from marts.region_hourly_as_of(%s, loaded_datetime => %s) where grid_name like %s"
    )
    shared_warehouse.set_status(min(reported.accepted), "withdrawn")
    shared_warehouse.apply_loads()
    before = shared_warehouse.query(ask, LATE, held, f"%{scenario.token}")
    after = shared_warehouse.query(ask, LATE, None, f"%{scenario.token}")
    same(plain_marts.hourly(reported.chains(LATE), scenario.everything, METRICS, region_of), before, keys=5)
    reported.accepted.remove(min(reported.accepted))
    same(plain_marts.hourly(reported.chains(LATE), scenario.everything, METRICS, region_of), after, keys=5)
    assert sorted(before, key=str) != sorted(after, key=str)


@pytest.mark.sql
@pytest.mark.parametrize("function", ["region_hourly_as_of", "grid_hourly_as_of", "revisions_as_of"])
def test_an_analyst_may_call_the_functions(shared_warehouse: Warehouse, function: str) -> None:
    with shared_warehouse.connect("warehouse_analyst") as connection:
        assert connection.execute(f"select count(*) from marts.{function}(now())").fetchone()[0] >= 0


@pytest.mark.sql
@pytest.mark.parametrize("mart", ["fct_region_hourly", "fct_grid_hourly"])
def test_prices_are_never_added_up(shared_warehouse: Warehouse, mart: str) -> None:
    scenario = random_scenario(11, [("price", "a", "PT1H")], PLACES)
    deliver_scenario(shared_warehouse, scenario)
    rows = shared_warehouse.query(
        f"select max(value), max(nodes_reporting) from marts.{mart} where grid_name like %s", f"%{scenario.token}"
    )
    assert rows[0][0] <= 110
    assert rows[0][1] > 1
