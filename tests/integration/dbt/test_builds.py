"""Builds that take nothing away: views that stay, builds that take turns, full refreshes that are swapped in."""

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from loaders.dbt_runner import run_dbt
from loaders.dbt_runner.runner import dbt_environment
from loaders.errors import BuildError, UsageError
from tests.support.commands import dbt
from tests.support.forked_commands import ForkedCommand
from tests.support.load_cases import deliver_hours
from tests.support.warehouses import Warehouse

IDS = "select oid, xmin::text from pg_class where relnamespace = 'marts'::regnamespace and relkind = 'v' order by oid"


def own_view(warehouse: Warehouse, name: str, query: str) -> None:
    """A view that somebody made by hand next to the marts."""
    with warehouse.connect("warehouse_transformer") as connection:
        connection.execute(f"create view marts.{name} as {query}")


def test_every_relation_column_and_function_of_the_marts_has_a_comment(warehouse: Warehouse) -> None:
    without = warehouse.query(
        "select relname, attname from pg_class inner join pg_attribute on attrelid = pg_class.oid"
        " where relnamespace = 'marts'::regnamespace and relkind in ('r', 'v') and attnum > 0 and not attisdropped"
        " and (col_description(attrelid, attnum) is null or obj_description(attrelid, 'pg_class') is null)"
    )
    functions = warehouse.query(
        "select proname from pg_proc where pronamespace = 'marts'::regnamespace"
        " and obj_description(oid, 'pg_proc') is null"
    )
    assert (without, functions) == ([], [])


def test_a_build_with_nothing_to_do_does_not_touch_a_view_and_waits_for_no_reader(warehouse: Warehouse) -> None:
    deliver_hours(warehouse)
    warehouse.build()
    before = warehouse.query(IDS)
    with warehouse.connect("warehouse_analyst", autocommit=False) as reader:
        reader.execute("select * from marts.fct_forecast_accuracy, marts.fct_grid_hourly, marts.fct_measures_at_cutoff")
        warehouse.build()
    assert warehouse.query(IDS) == before


def test_a_renamed_column_leaves_the_views_that_read_it(warehouse: Warehouse) -> None:
    warehouse.query("alter view marts.fct_gate_results rename column rule_description to words")
    own_view(warehouse, "reader", "select words from marts.fct_gate_results")
    run_dbt(["run", "--select", "fct_gate_results"])
    assert warehouse.query("select rule_description from marts.fct_gate_results") == []
    assert warehouse.query("select words from marts.reader") == []


def test_a_view_with_other_columns_is_replaced_with_what_reads_it(warehouse: Warehouse) -> None:
    own_view(warehouse, "reader", "select grid_name from marts.fct_measures_latest")
    warehouse.query("drop view marts.fct_gate_results")
    warehouse.query("create view marts.fct_gate_results as select 1 as rule, 'x'::text as load_id, 2 as rule_number")
    warehouse.query("alter view marts.fct_gate_results owner to warehouse_transformer")
    own_view(warehouse, "rules", "select load_id from marts.fct_gate_results")
    run_dbt(["run", "--select", "fct_gate_results"])
    assert warehouse.query("select * from marts.rules") == []
    assert warehouse.query("select * from marts.reader") == []


def test_a_changed_view_that_is_being_read_is_not_waited_for_without_end(warehouse: Warehouse) -> None:
    warehouse.query("alter view marts.fct_check_results rename column detail to details")
    durations: list[float] = []
    with warehouse.connect("warehouse_analyst", autocommit=False) as idle:
        idle.execute("select * from marts.fct_check_results")
        in_the_way = pytest.raises(BuildError, match=f"process {idle.info.backend_pid}, user")
        with reads_in_a_loop(warehouse, "select count(*) from marts.fct_check_results", durations), in_the_way:
            run_dbt(["run", "--select", "fct_check_results"])
    assert max(durations) < 1
    run_dbt(["run", "--select", "fct_check_results"])
    assert warehouse.query("select detail from marts.fct_check_results") == []


@contextmanager
def reads_in_a_loop(warehouse: Warehouse, sql: str, durations: list[float], readers: int = 1) -> Iterator[list]:
    """Read again and again in threads; yields the answers. A failed read fails the test at the end."""
    stop, answers, failures = threading.Event(), [], []

    def read() -> None:
        with warehouse.connect("warehouse_analyst") as connection:
            while not stop.is_set():
                started = time.monotonic()
                try:
                    answers.append(connection.execute(sql).fetchall())
                except Exception as error:
                    failures.append(error)
                durations.append(time.monotonic() - started)
                time.sleep(0.02)

    threads = [threading.Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert failures == []
    assert answers != []


WHOLE = (
    "select (select count(*) from marts.fct_measure_revisions), (select revisions from marts.warehouse_stats),"
    " (select count(*) from marts.measures_as_of(now())), (select count(*) from marts.fct_completeness)"
)


def kill_refresh(warehouse: Warehouse, schema: str) -> None:
    """Kill a full refresh as soon as it has made a table or view in a schema."""
    refresh = ForkedCommand(["build", "--", "--full-refresh"])
    made = (
        "select count(*) from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace"
        f" where nspname = '{schema}'"
    )
    while refresh.poll() is None and warehouse.query(made) == [(0,)]:
        time.sleep(0.01)
    assert refresh.poll() is None
    refresh.kill()
    refresh.wait(30)
    assert warehouse.query(made) != [(0,)]  # what it had started is left behind


@pytest.mark.sql
@pytest.mark.one_server("a query that a node gets while the refreshed tables take the place of the old ones fails")
def test_readers_see_the_same_marts_through_full_refreshes_that_pass_fail_or_are_killed(warehouse: Warehouse) -> None:
    deliver_hours(warehouse)
    warehouse.build()
    own_view(warehouse, "reader", "select value from marts.fct_measures_latest")
    history = warehouse.query("select count(*) from staging.snap_nodes")
    durations: list[float] = []
    with reads_in_a_loop(warehouse, WHOLE, durations, readers=4) as answers:
        warehouse.build("--full-refresh")
        warehouse.query("alter view raw.deliveries rename column row_id to number_of_row")
        with pytest.raises(BuildError):
            warehouse.build("--full-refresh")
        assert gc.isenabled()
        warehouse.query("alter view raw.deliveries rename column number_of_row to row_id")
        for schema in ("next_staging", "next_marts"):
            kill_refresh(warehouse, schema)
        warehouse.build()
    assert set(map(tuple, (answer[0] for answer in answers))) == {(5, 5, 5, 1)}
    assert warehouse.query("select count(*) from marts.reader") == [(5,)]
    assert warehouse.query("select count(*) from staging.snap_nodes") == history
    assert warehouse.query("select nspname from pg_namespace where nspname ~ '^(old|next)_'") == []
    with warehouse.connect("warehouse_analyst") as analyst:
        assert analyst.execute("select count(*) from marts.fct_grid_hourly").fetchone() == (5,)
        changes = "select series_ids from ledger.mart_changes_since(0) order by change_number desc limit 1"
        assert analyst.execute(changes).fetchone() == (None,)  # the refresh announced that anything may have changed


def test_a_full_refresh_takes_no_selection(warehouse: Warehouse) -> None:
    with pytest.raises(UsageError, match="takes no --select"):
        warehouse.build("--full-refresh", "--select", "dim_grid")


def test_dbt_alone_does_not_refresh_the_published_marts(warehouse: Warehouse) -> None:
    from dbt.cli.main import dbtRunner

    with dbt_environment():
        outcome = dbtRunner().invoke(["--quiet", "run", "--full-refresh", "--select", "dim_grid"])
    assert not outcome.success
    assert warehouse.query("select count(*) from marts.fct_measures_latest") == [(0,)]


def test_two_builds_at_once_leave_one_open_version_of_each_node(warehouse: Warehouse) -> None:
    deliver_hours(warehouse)
    warehouse.build()
    warehouse.query("update raw.nodes set node_name = 'renamed'")
    outcomes: list[int] = []
    command = ("build", "--exclude-resource-type", "unit_test", "--no-partial-parse")
    threads = [threading.Thread(target=lambda: outcomes.append(dbt(*command).returncode)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(290)
    assert outcomes == [0, 0]
    open_versions = "select count(*) from staging.snap_nodes where dbt_valid_to is null group by node_id"
    assert warehouse.query(open_versions) == [(1,)]


def test_a_developers_target_builds_into_schemas_of_its_own(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    deliver_hours(warehouse)
    monkeypatch.setenv("USER", "alice")
    before = warehouse.query(IDS)
    target = tmp_path_factory.mktemp("dev")
    run_dbt(["build", "--target", "dev", "--target-path", str(target), "--exclude-resource-type", "unit_test"])
    assert warehouse.query("select count(*) from dev_alice_marts.fct_measures_latest") == [(5,)]
    assert warehouse.query("select count(*) from dev_alice_marts.measures_as_of(now())") == [(5,)]
    assert warehouse.query("select count(*) from marts.fct_measures_latest") == [(0,)]
    assert warehouse.query(IDS) == before


def test_build_runs_no_unit_tests(warehouse: Warehouse) -> None:
    results = warehouse.build("--select", "fct_completeness")
    assert [node.name for node in results if node.kind.startswith("unit")] == []
    assert len(results) > 0
