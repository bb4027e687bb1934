"""Several resolutions of the same node, metric and source, against a plain recomputation."""

from loaders.dbt_runner import run_dbt
from tests.support.mart_comparisons import (
    compare_accuracy,
    compare_at_cutoff,
    compare_completeness,
    compare_restatements,
    compare_rollups,
    region_of,
)
from tests.support.scenarios import (
    deliver_scenario,
    deliver_scenarios,
    for_random_numbers,
    random_scenario,
    random_scenarios,
)
from tests.support.warehouses import Warehouse

PLACES = [("R1", "N1"), ("R1", "N2")]
HOURLY_AND_DAILY = [
    *[("load", "a", "PT1H"), ("load", "a", "PT15M"), ("load", "a", "PT5M"), ("load", "a", "P1D")],
    *[("load_forecast", "a", "PT1H"), ("load_forecast", "a", "PT15M")],
    *[("price", "a", "PT15M"), ("price", "a", "PT1H"), ("energy", "a", "PT30M"), ("energy", "a", "PT1H")],
]
TOTALS = "select measures, revisions, newest_interval_start, newest_collected_at from marts.warehouse_stats"
TOTALS_OF_REVISIONS = """
select count(*) filter (where known_to is null), count(*), max(interval_start), max(collected_at)
from staging.int_measure_revisions
"""
KINDS = [
    *HOURLY_AND_DAILY,
    *[("load", "a", "P7D"), ("load_forecast", "a", "P7D"), ("price", "a", "P1M"), ("energy", "a", "P1Y")],
]


@for_random_numbers(1)
def test_mixed_resolutions_are_counted_once_on_both_sides(shared_warehouse: Warehouse, number: int) -> None:
    scenarios = random_scenarios(number, KINDS, PLACES)
    everything_reported = deliver_scenarios(shared_warehouse, scenarios)
    for scenario, reported in zip(scenarios, everything_reported, strict=True):
        assert compare_rollups(shared_warehouse, scenario, reported, region_of) > 0
        assert compare_completeness(shared_warehouse, scenario, reported) > 0
        compare_accuracy(shared_warehouse, scenario, reported)
        compare_at_cutoff(shared_warehouse, scenario, reported)
        compare_restatements(shared_warehouse, scenario, reported)
        reported.accepted.discard(withdrawn := max(reported.accepted))
        shared_warehouse.set_status(withdrawn, "withdrawn")
    shared_warehouse.apply_loads()
    for scenario, reported in zip(scenarios, everything_reported, strict=True):
        compare_rollups(shared_warehouse, scenario, reported, region_of)
        compare_completeness(shared_warehouse, scenario, reported)
        compare_accuracy(shared_warehouse, scenario, reported)


def test_sums_that_were_made_before_they_had_a_column_get_it(shared_warehouse: Warehouse) -> None:
    scenario = random_scenario(7, HOURLY_AND_DAILY, PLACES)
    reported = deliver_scenario(shared_warehouse, scenario)
    hours = f"select * from marts.fct_region_hourly where grid_name like '%{scenario.token}' order by 2, 5, 6, 11"
    stepwise = shared_warehouse.query(hours)
    assert {row[7] for row in stepwise} >= {"PT1H", "PT15M", "PT15M, PT1H"}
    for level in ("region", "grid"):
        shared_warehouse.query(f"update staging.int_{level}_hours set total = 2 * total, nodes_reporting = 3")
        shared_warehouse.query(f"alter table staging.int_{level}_hours drop column resolutions cascade")
    shared_warehouse.query("alter table staging.int_series_days drop column first_interval_start cascade")
    for column in ("intervals", "revisions", "newest_interval_start", "newest_collected_at"):
        shared_warehouse.query(f"alter table staging.int_summaries_applied drop column {column} cascade")
    changed = ["int_summaries_applied", "int_region_hours+", "int_grid_hours+", "int_series_days+"]
    run_dbt(["build", "--select", *changed])
    assert [row[:10] for row in shared_warehouse.query(hours)] == [row[:10] for row in stepwise]
    compare_rollups(shared_warehouse, scenario, reported, region_of)
    assert compare_completeness(shared_warehouse, scenario, reported) > 0
    assert shared_warehouse.query(TOTALS) == shared_warehouse.query(TOTALS_OF_REVISIONS)
