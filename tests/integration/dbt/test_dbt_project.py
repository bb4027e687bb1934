"""The dbt project as an analytics engineer meets it."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from loaders.dbt_runner import run_dbt
from loaders.errors import BuildError, UsageError
from loaders.mart_queries import run_query
from tests.support.commands import dbt
from tests.support.warehouses import Warehouse


@pytest.mark.sql
def test_the_first_build_is_clean_of_deprecations_and_passes_all_its_tests(empty_warehouse: Warehouse) -> None:
    done = dbt("build", "--no-use-colors", "--warn-error-options", '{"error": ["Deprecations"]}')
    assert done.returncode == 0, done.stdout[-3000:]
    assert "WARN=0 ERROR=0 SKIP=0" in done.stdout


def parse() -> Any:
    from dbt.cli.main import dbtRunner

    from loaders.dbt_runner.runner import dbt_environment

    with dbt_environment():
        return dbtRunner().invoke(["--quiet", "parse"]).result


def test_every_mart_has_an_enforced_contract_and_a_description_that_opens_with_its_grain(warehouse: Warehouse) -> None:
    manifest = parse()
    marts = [node for node in manifest.nodes.values() if node.resource_type == "model" and "marts" in node.fqn]
    assert len(marts) >= 10
    assert [node.name for node in marts if not node.contract.enforced] == []
    assert [node.name for node in marts if not node.description.strip().startswith("One row")] == []
    assert [node.name for node in marts if node.access != "public" or node.schema != "marts"] == []


def test_a_table_is_read_before_the_tables_that_it_refers_to(warehouse: Warehouse) -> None:
    """What is registered while a build runs is then missing in the table, and not in those that it refers to."""
    manifest = parse()
    tables = {key for key, node in manifest.nodes.items() if node.config.materialized == "incremental"}

    def before(key: str) -> set[str]:
        parents = manifest.parent_map[key]
        return set(parents).union(*(before(parent) for parent in parents))

    compared = 0
    for test in manifest.nodes.values():
        if getattr(test, "test_metadata", None) is None or test.test_metadata.name != "relationships":
            continue
        (referred,) = set(test.depends_on.nodes) - {test.attached_node}
        if referred in tables:
            compared += 1
            # The table itself, or those that a view shows.
            read = tables & ({test.attached_node} | before(test.attached_node))
            assert read <= before(referred), (test.attached_node, referred)
    assert compared == 4


def test_a_build_that_fails_leaves_the_marts_of_yesterday_up(warehouse: Warehouse) -> None:
    before = warehouse.query("select count(*) from pg_views where schemaname = 'marts'")
    # A column that is not there, in the middle of the graph: views before it are rebuilt, those behind it are not.
    warehouse.query("alter table staging.int_measure_revisions rename column known_to to known_until")
    with pytest.raises(BuildError, match="int_measure_revisions"):
        run_dbt(["run", "--select", "int_measure_revisions+"])
    warehouse.query("alter table staging.int_measure_revisions rename column known_until to known_to")
    run_dbt(["run", "--select", "stg_loads", "stg_measures"])
    assert warehouse.query("select count(*) from pg_views where schemaname = 'marts'") == before
    assert warehouse.query("select count(*) from marts.fct_measures_latest") == [(0,)]


def test_a_view_whose_columns_changed_is_replaced(warehouse: Warehouse) -> None:
    warehouse.query("drop view staging.stg_grids cascade")
    warehouse.query("create view staging.stg_grids as select 'old' as something_else")
    warehouse.query("alter view staging.stg_grids owner to warehouse_transformer")
    run_dbt(["run", "--select", "stg_grids"])
    assert warehouse.query("select count(time_zone) from staging.stg_grids") == [(0,)]


@pytest.mark.one_server("analysts may read the tables below the marts")
def test_analysts_read_marts_and_nothing_else(warehouse: Warehouse) -> None:
    import psycopg

    with warehouse.connect("warehouse_analyst") as connection:
        assert connection.execute("select count(*) from marts.fct_measures_latest").fetchone() == (0,)
        assert connection.execute("select count(*) from marts.measures_as_of(now())").fetchone() == (0,)
        # A default that anyone may change protects nothing.
        connection.execute("set default_transaction_read_only = off")
        for forbidden in (
            "select * from raw.measures",
            "select * from staging.int_measure_revisions",
            "delete from marts.dim_grid",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden)


def test_the_documentation_is_one_page_that_explains_the_three_clocks(warehouse: Warehouse, tmp_path: Path) -> None:
    done = dbt("docs", "generate", "--static", "--target-path", str(tmp_path), "--no-use-colors")
    assert done.returncode == 0, done.stdout[-3000:]
    page = (tmp_path / "static_index.html").read_text()
    assert "The warehouse, and its three clocks" in page
    assert "One row per series and interval: its newest revision." in page


def test_a_query_of_several_statements_is_refused(warehouse: Warehouse) -> None:
    assert run_query("select 1 as one", 5) == (["one"], [(1,)])
    with pytest.raises(UsageError, match="multiple commands"):
        run_query("commit; reset role; select count(*) from raw.loads", 5)


def test_a_failing_data_test_makes_the_build_fail_and_names_the_mart(warehouse: Warehouse) -> None:
    warehouse.query("insert into marts.dim_metric (metric, unit, aggregation) values ('odd', 'MW', 'median')")
    with pytest.raises(BuildError, match=r"accepted_values_dim_metric_aggregation.*Got 1 result"):
        warehouse.build("--select", "dim_metric")


def test_a_source_that_nobody_feeds_any_more_is_not_fresh(warehouse: Warehouse) -> None:
    frame = pd.DataFrame(
        [("G", "R", "N", "load", "2024-01-01T00:00Z", "2024-01-01T00:00Z", 1.0)],
        columns=["grid", "region", "node", "metric", "interval_start", "collected_at", "value"],
    )
    load_id = warehouse.deliver(frame).load_id
    assert [(node.name, node.status) for node in run_dbt(["source", "freshness"])] == [("loads", "pass")]
    warehouse.query("update raw.loads set loaded_at = now() - interval '31 days' where load_id = %s", load_id)
    assert dbt("source", "freshness").returncode == 1
