"""A question about one place and one day reads little more than that, in whatever mart it is requested."""

from collections.abc import Iterator

import pandas as pd
import pytest

from tests.support.seed_week import load_seed_week
from tests.support.warehouses import Warehouse

NODE = "grid_name = 'Grid2' and region_name = 'Region1' and node_name = 'Node2'"
REGION = "grid_name = 'Grid2' and region_name = 'Region1'"
DAY = "interval_start >= '2026-04-02' and interval_start < '2026-04-03'"
REGION_AS_OF = "region_hourly_as_of('2026-04-02', '2026-04-02', '2026-04-03', region_id => 4)"
GRID_AS_OF = "grid_hourly_as_of('2026-04-02', '2026-04-02', '2026-04-03', grid_id => 2)"
GRID_AT_CUTOFF = "grid_hourly_at_cutoff(null, '2026-04-02', '2026-04-03', grid_id => 2)"
RANGE_FUNCTIONS = (
    "measures_as_of",
    "revisions_as_of",
    "at_cutoff_as_of",
    "forecast_accuracy_as_of",
    "restatements_as_of",
    "region_hourly_as_of",
    "grid_hourly_as_of",
    "region_hourly_at_cutoff",
    "grid_hourly_at_cutoff",
)
REVISIONS_A_DAY = 24 * 14

pytestmark = pytest.mark.one_server("the plan of the coordinator does not show those of the nodes")

FACTS = (
    "int_measure_revisions",
    "int_region_hours",
    "int_grid_hours",
    "int_series_days",
    "int_restatement_days",
    "int_forecast_error_days",
)
QUESTIONS = {  # and how many node-days it may read
    "fct_measures_at_cutoff": (f"where {NODE} and {DAY}", 1),
    "fct_forecast_accuracy": (f"where {NODE} and {DAY}", 2),
    "fct_restatements": (f"where {NODE} and {DAY}", 2),
    "fct_region_hourly": (f"where {REGION} and {DAY}", 3),
    "fct_grid_hourly": (f"where grid_name = 'Grid2' and {DAY}", 9),
    "fct_completeness": (f"where {NODE} and local_date = '2026-04-02'", 1),
    "agg_restatements": (f"where {NODE}", 7),
    "agg_accuracy_by_lead_time": (f"where {NODE}", 8),
    REGION_AS_OF: ("", 3),
    GRID_AS_OF: ("", 9),
    GRID_AT_CUTOFF: ("", 9),
}


@pytest.fixture(scope="module")
def filled(shared_warehouse: Warehouse) -> Warehouse:
    """One seed week: 27 nodes, about 41,000 revisions."""
    load_seed_week(shared_warehouse)
    shared_warehouse.apply_loads()
    shared_warehouse.query("analyze")
    return shared_warehouse


AS_OF = "2026-04-01 12:00Z"
FILTERS = {  # each filter of measures_as_of, and how many node-days it is about
    "node_id => 14": 9,
    "region_id => 5": 27,
    "grid_id => 2": 81,
    "metric => 'no such'": 0,
    "node_id => 14, start_datetime => '2026-04-02', end_datetime => '2026-04-03'": 1,
    "start_datetime => '2026-04-02', end_datetime => '2026-04-03'": 27,
}


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("loaded", ["null", "now()"])
def test_each_filter_of_measures_as_of_reaches_an_index(filled: Warehouse, filters: str, loaded: str) -> None:
    requested = f"marts.measures_as_of('{AS_OF}', loaded_datetime => {loaded}, {filters})"
    with filled.connect("warehouse_analyst") as connection:
        is_old = connection.info.server_version < 160000
        connection.execute("set enable_seqscan = off")  # a week is so small that reading all of it would be cheap
        plan = connection.execute(f"explain (analyze, format json) select * from {requested}").fetchone()[0]
    nodes = list(walk(plan[0]["Plan"]))
    facts = [node for node in nodes if node.get("Relation Name", "").startswith(("int_measure_revisions", "measures_"))]
    assert facts
    assert [node["Node Type"] for node in facts if node["Node Type"] == "Seq Scan" and node["Actual Loops"]] == []
    hours = FILTERS[filters] * 24
    if loaded == "null":  # the newest revision of an hour, and the one before the moment
        # PostgreSQL 15 reads all revisions of a whole grid by a bitmap of the index.
        assert rows_read(facts) <= hours * (14 if is_old else 2)
    elif "node_id" in filters:  # every revision of the hours, and no other hour's
        assert rows_read(facts) <= hours * 14


@pytest.mark.sql
def test_a_page_as_of_a_time_reads_little_more_than_the_page(filled: Warehouse) -> None:
    page = f"select * from marts.measures_collected_by('{AS_OF}') order by series_id, interval_start limit 10"
    with filled.connect("warehouse_analyst") as connection:
        connection.execute("set enable_seqscan = off")  # as above
        plan = connection.execute(f"explain (analyze, format json) {page}").fetchone()[0]
    nodes = walk(plan[0]["Plan"])
    facts = [node for node in nodes if node.get("Relation Name", "").startswith("int_measure_revisions")]
    assert plan[0]["Plan"]["Actual Rows"] == 10
    assert 10 <= rows_read(facts) <= 2 * 2 * 9 * 24  # two series of nine days, where PostgreSQL sorts series by series


@pytest.mark.parametrize("mart", QUESTIONS)
def test_a_question_reads_little_more_than_it_is_about(filled: Warehouse, mart: str) -> None:
    where, node_days = QUESTIONS[mart]
    with filled.connect("warehouse_analyst") as connection:
        connection.execute("set enable_seqscan = off")  # a week is so small that reading all of it would be cheap
        plan = connection.execute(f"explain (analyze, format json) select * from marts.{mart} {where}").fetchone()[0]
    nodes = walk(plan[0]["Plan"])
    read = rows_read([node for node in nodes if node.get("Relation Name", "").startswith(FACTS)])
    assert plan[0]["Plan"]["Actual Rows"] > 0
    assert 0 < read <= node_days * REVISIONS_A_DAY


@pytest.mark.parametrize("function", RANGE_FUNCTIONS)
def test_a_query_of_a_day_is_planned_with_its_month_alone(filled: Warehouse, function: str) -> None:
    # Each month that is left out only when the query runs makes its plan take longer.
    month = "pg_get_expr(relpartbound, oid) like '%%(''2026-03-01 %%'"
    partitions = "select inhrelid from pg_inherits where inhparent = 'staging.int_measure_revisions'::regclass"
    names = filled.query(f"select relname from pg_class where {month} and oid in ({partitions})")
    arguments = "start_datetime => '2026-03-30', end_datetime => '2026-03-30 12:00Z'"
    [(plan,)] = filled.query(f"explain (format json) select * from marts.{function}('2026-04-02', {arguments})")
    nodes = list(walk(plan[0]["Plan"]))
    tables = {node["Relation Name"] for node in nodes if "Relation Name" in node}
    facts = {name for name in tables if name.startswith(("int_measure_revisions", "measures_"))}
    assert [(name,) for name in facts] == names
    assert not [node for node in nodes if node.get("Subplans Removed")]


@pytest.mark.parametrize("call", ["accuracy_by_group('lead_time', ", "restatements_by_group('month', "])
def test_sums_of_days_are_planned_without_the_revisions(filled: Warehouse, call: str) -> None:
    # To plan how revisions are read takes longer with each month of them. Only parts of days need them.
    [(plan,)] = filled.query(f"explain (format json) select * from marts.{call}'2026-04-01', '2026-04-03')")
    tables = {node["Relation Name"] for node in walk(plan[0]["Plan"]) if "Relation Name" in node}
    assert [name for name in tables if name.endswith("_days")]
    assert not [name for name in tables if name.startswith("int_measure_revisions")]


def test_completeness_of_a_day_computes_no_other_day(filled: Warehouse) -> None:
    call = "marts.completeness_by_day('2026-04-02', '2026-04-03')"
    [(plan,)] = filled.query(f"explain (analyze, format json) select * from {call}")
    series = plan[0]["Plan"]["Actual Rows"]
    days = [node for node in walk(plan[0]["Plan"]) if node.get("Function Name") == "generate_series"]
    assert sum(node["Actual Loops"] * node["Actual Rows"] for node in days) == series > 20
    tables = {node["Relation Name"] for node in walk(plan[0]["Plan"]) if "Relation Name" in node}
    assert tables == {"int_series", "int_series_days"}


def test_a_build_of_one_value_takes_no_statistics_of_the_sums(filled: Warehouse) -> None:
    # They cost as much for one value as for a first build.
    count = (
        "select sum(analyze_count) from pg_stat_all_tables where schemaname = 'staging' and relname like 'int_%%_days'"
    )
    before = filled.query(count)
    names = {"grid": "Grid2", "region": "Region1", "node": "Node2", "metric": "load_forecast"}
    times = {"interval_start": pd.Timestamp("2026-04-02T10:00Z"), "collected_at": pd.Timestamp("2026-04-02T03:30Z")}
    filled.deliver(pd.DataFrame([{**names, **times, "value": 1.0}]), source="seed")
    filled.apply_loads()
    assert filled.query("select change_number > 0 from staging.int_summaries_applied") == [(True,)] * 5
    assert filled.query(count) == before


def rows_read(nodes: list[dict]) -> float:
    return sum(node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) for node in nodes)


def walk(node: dict) -> Iterator[dict]:
    yield node
    for child in node.get("Plans", []):
        yield from walk(child)
