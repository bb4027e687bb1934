"""A question about one place and one day reads little more than that, in whatever mart it is asked."""

from collections.abc import Iterator

import pytest
from conftest import Warehouse

from loaders import seed
from loaders.resolve import Defaults

NODE = "grid_name = 'Grid2' and region_name = 'Region1' and node_name = 'Node2'"
REGION = "grid_name = 'Grid2' and region_name = 'Region1'"
DAY = "interval_start >= '2026-04-02' and interval_start < '2026-04-03'"
HOURLY_AS_OF = "region_hourly_as_of('2026-04-02', '2026-04-02', '2026-04-03', region_id => 4)"
REVISIONS_A_DAY = 24 * 14
QUESTIONS = {  # and how many node-days it may read
    "fct_measures_at_cutoff": (f"where {NODE} and {DAY}", 1),
    "fct_forecast_accuracy": (f"where {NODE} and {DAY}", 2),
    "fct_restatements": (f"where {NODE} and {DAY}", 2),
    "fct_region_hourly": (f"where {REGION} and {DAY}", 3),
    "fct_grid_hourly": (f"where grid_name = 'Grid2' and {DAY}", 9),
    "fct_completeness": (f"where {NODE} and local_date = '2026-04-02'", 1),
    "agg_restatements": (f"where {NODE}", 7),
    "agg_accuracy_by_lead_time": (f"where {NODE}", 8),
    HOURLY_AS_OF: ("", 3),
}


@pytest.fixture(scope="module")
def filled(shared_warehouse: Warehouse) -> Warehouse:
    """One seed week: 27 nodes, about 41,000 revisions."""
    for name, week in seed.weeks(1, 7):
        rows = week.to_pandas().astype(dict.fromkeys(("grid", "region", "node", "metric"), object))
        defaults = Defaults("seed", create_missing=True, time_zone=seed.TIME_ZONES.__getitem__)
        shared_warehouse.deliver(rows, name=name, source="seed", defaults=defaults)
    shared_warehouse.apply_loads()
    shared_warehouse.query("analyze")
    return shared_warehouse


@pytest.mark.parametrize("mart", QUESTIONS)
def test_a_question_reads_little_more_than_it_is_about(filled: Warehouse, mart: str) -> None:
    where, node_days = QUESTIONS[mart]
    with filled.connect("warehouse_analyst") as connection:
        plan = connection.execute(f"explain (analyze, format json) select * from marts.{mart} {where}").fetchone()[0]
    read = [
        node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
        for node in walk(plan[0]["Plan"])
        if node.get("Relation Name", "").startswith("int_measure_revisions")
    ]
    assert plan[0]["Plan"]["Actual Rows"] > 0
    assert 0 < sum(read) <= node_days * REVISIONS_A_DAY


def walk(node: dict) -> Iterator[dict]:
    yield node
    for child in node.get("Plans", []):
        yield from walk(child)
