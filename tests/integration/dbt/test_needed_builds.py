"""Without arguments, a build builds what can have changed: everything, what data changes, or nothing."""

import json
from pathlib import Path

import pytest

from loaders.dbt_runner import build_inputs, run_dbt
from loaders.settings import PROJECT_ROOT, settings
from tests.support.commands import messages, run
from tests.support.load_cases import deliver_hours
from tests.support.warehouses import Warehouse

UNCHANGED = {"view", "seed", "function"}
BUILDS = "select count(*) from raw.builds"


def materializations() -> dict[str, str]:
    manifest = json.loads((PROJECT_ROOT / "dbt_project" / settings().dbt_target_path / "manifest.json").read_text())
    nodes = [*manifest["nodes"].values(), *manifest["functions"].values()]
    named = {node["name"]: node["config"].get("materialized") or node["resource_type"] for node in nodes}
    return {name: kind for name, kind in named.items() if not name.startswith("warehouse-on-run-")}


def test_nothing_is_built_and_recorded_where_nothing_changed(warehouse: Warehouse) -> None:
    builds = warehouse.query(BUILDS)
    assert warehouse.build() == []
    answer = run("build")
    assert answer.returncode == 0
    assert messages(answer)[-1].startswith("Nothing changed since the last build.")
    assert warehouse.query(BUILDS) == builds


def test_a_load_builds_tables_and_tests_and_leaves_views_functions_and_seeds(warehouse: Warehouse) -> None:
    deliver_hours(warehouse, 5)
    built = {result.name for result in warehouse.build()}
    kinds = materializations()
    assert [name for name in built & set(kinds) if kinds[name] in UNCHANGED] == []
    assert [name for name in set(kinds) - built if kinds[name] not in UNCHANGED] == []
    assert warehouse.query("select count(*) from marts.fct_measures_latest") == [(5,)]
    assert warehouse.build() == []


@pytest.mark.parametrize(
    "change",
    [
        "drop view marts.warehouse_stats",
        "alter view marts.fct_gate_results rename column rule_description to words",
        "create or replace view marts.dim_node_copy as select 1 as one",
        "update raw.builds set passed = false",
    ],
)
def test_everything_is_built_where_a_published_definition_is_not_as_the_last_build_left_it(
    warehouse: Warehouse, change: str
) -> None:
    warehouse.query(change)
    with warehouse.connect("warehouse_transformer") as connection:
        assert build_inputs.what_to_build(connection) == "everything"


def test_a_dropped_view_is_back_after_a_build(warehouse: Warehouse) -> None:
    warehouse.query("drop view marts.warehouse_stats")
    warehouse.build()
    assert warehouse.query("select revisions from marts.warehouse_stats") == [(0,)]
    assert warehouse.build() == []


def test_a_build_of_some_models_leaves_the_next_one_to_build_what_data_changes(warehouse: Warehouse) -> None:
    with warehouse.connect("warehouse_transformer") as connection:
        run_dbt(["run", "--select", "int_series"])
        assert build_inputs.what_to_build(connection) == "data"
        warehouse.query("drop view marts.warehouse_stats")
        run_dbt(["run", "--select", "int_series"])
        assert build_inputs.what_to_build(connection) == "everything"


def test_other_files_or_options_of_dbt_build_everything(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with warehouse.connect("warehouse_transformer") as connection:
        assert build_inputs.what_to_build(connection) == "nothing"
        with monkeypatch.context() as patch:
            patch.setenv("DBT_TARGET", "dev")
            assert build_inputs.what_to_build(connection) == "everything"
            patch.setenv("DBT_TARGET", "warehouse")
            assert build_inputs.what_to_build(connection) == "nothing"
            patch.setenv("DBT_VARS", "{a: 1}")
            assert build_inputs.what_to_build(connection) == "everything"
        changed = tmp_path / "rules.yml"
        changed.write_text("rules: []\n")
        monkeypatch.setattr(build_inputs, "PROJECT_ROOT", tmp_path)
        monkeypatch.setattr(build_inputs, "INPUTS", ("rules.yml",))
        assert build_inputs.what_to_build(connection) == "everything"


def test_force_builds_everything(warehouse: Warehouse) -> None:
    answer = run("build", "--force")
    assert answer.returncode == 0
    assert "warehouse_stats" in answer.stdout
