"""Summaries follow what is no load: a code list that changes, and a build that is not run for a while."""

import pandas as pd

from loaders.dbt_runner import run_dbt
from tests.support.mart_comparisons import KINDS, compare_accuracy, compare_completeness, compare_restatements
from tests.support.scenarios import deliver_scenario, random_scenario
from tests.support.warehouses import Warehouse

FROM_SUMS = """
select series_id, lead_time_from_hours, forecasts, round(mae::numeric, 9) from marts.agg_accuracy_by_lead_time
order by 1, 2 nulls first
"""
FROM_FACTS = """
select series_id, bounds[width_bucket(lead_time_hours, bounds)], count(*), round(avg(absolute_error)::numeric, 9)
from marts.fct_forecast_accuracy
cross join (select array_agg(hours_from order by hours_from) as bounds from marts.lead_time_buckets) as code_list
where error is not null
group by 1, 2
order by 1, 2 nulls first
"""


def test_a_changed_code_list_changes_the_sums_of_every_day(shared_warehouse: Warehouse) -> None:
    deliver_scenario(shared_warehouse, random_scenario(77, KINDS, [("R1", "N1")]))
    before = shared_warehouse.query(FROM_SUMS)
    assert before == shared_warehouse.query(FROM_FACTS)
    shared_warehouse.query("delete from marts.lead_time_buckets where hours_from in (1, 6, 48)")
    shared_warehouse.apply_loads()
    after = shared_warehouse.query(FROM_SUMS)
    assert after == shared_warehouse.query(FROM_FACTS)
    assert after != before


def test_a_summary_that_missed_a_build_catches_up(shared_warehouse: Warehouse) -> None:
    shared_warehouse.query("truncate marts.lead_time_buckets")
    shared_warehouse.query(
        "insert into marts.lead_time_buckets values (0), (1), (3), (6), (12), (24), (36), (48), (72), (168)"
    )
    scenario = random_scenario(78, KINDS, [("R1", "N1")])
    scenario.withdrawn.clear()
    reported = deliver_scenario(shared_warehouse, scenario)
    for load_id in sorted(reported.accepted)[:2]:
        shared_warehouse.set_status(load_id, "withdrawn")
        reported.accepted.remove(load_id)
        run_dbt(["run", "--select", "int_measure_revisions"])
    shared_warehouse.apply_loads()
    for compare in (compare_accuracy, compare_restatements, compare_completeness):
        assert compare(shared_warehouse, scenario, reported) > 0
    assert shared_warehouse.query("select count(distinct change_number) from staging.int_changed_keys") == [(2,)]
    shared_warehouse.apply_loads()
    assert shared_warehouse.query("select count(*) from staging.int_changed_keys") == [(0,)]


def test_a_withdrawal_that_is_a_large_change_leaves_no_sum_behind(warehouse: Warehouse) -> None:
    hour = pd.Timestamp("2026-03-01T00:00Z")
    names = {"grid": "g", "region": "r", "node": "n", "metric": "load", "interval_start": hour}
    known = [(hour + pd.Timedelta(hours=hours), value) for hours, value in ((-3, 1.0), (2, 2.0), (5, 3.0))]
    load = warehouse.deliver(pd.DataFrame([{**names, "collected_at": at, "value": value} for at, value in known]))
    names_of_sums = ["series_days", "restatement_days", "forecast_error_days", "region_hours", "grid_hours"]
    counts = [f"(select count(*) from staging.int_{name})" for name in names_of_sums]
    warehouse.apply_loads()
    assert all(warehouse.query(f"select {', '.join(counts)}")[0])
    warehouse.set_status(load.load_id, "withdrawn")
    warehouse.apply_loads(as_large_change=True)
    assert warehouse.query(f"select {', '.join(counts)}") == [(0,) * len(counts)]
    assert warehouse.query("select measures, revisions, newest_collected_at from marts.warehouse_stats") == [
        (0, 0, None)
    ]
