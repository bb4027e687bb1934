"""Without arguments, a build builds what can have changed: everything, what data changes, or nothing."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from loaders.dbt_runner import artifacts, build_inputs, builds, run_dbt
from loaders.settings import PROJECT_ROOT, settings
from tests.support.commands import messages, run
from tests.support.load_cases import deliver_hours
from tests.support.warehouses import Warehouse

UNCHANGED = {"view", "seed", "function"}
WRITTEN_BY_OTHERS = {
    *(
        "int_changed_keys",
        "int_flags_archived",
        "int_loads_applied",
        "int_summaries_applied",
        "int_summary_definitions",
    ),
}
REGISTRY = ("grids", "regions", "nodes", "metrics", "series", "registry_events")
BUILDS = "select count(*) from raw.builds"


def read_artifact(name: str) -> dict[str, Any]:
    return json.loads((PROJECT_ROOT / "dbt_project" / settings().dbt_target_path / name).read_text())


def read_manifest() -> dict[str, Any]:
    return read_artifact("manifest.json")


def materializations() -> dict[str, str]:
    manifest = read_manifest()
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


def what_is_needed(connection: psycopg.Connection[Any]) -> str:
    return build_inputs.what_to_build(connection, build_inputs.read_inputs(connection))


def test_a_load_of_a_new_series_builds_tables_and_tests_and_leaves_views_functions_and_seeds(
    warehouse: Warehouse,
) -> None:
    deliver_hours(warehouse, 5)
    built = {result.name for result in warehouse.build()}
    kinds = materializations()
    assert [name for name in built & set(kinds) if kinds[name] in UNCHANGED] == []
    assert {name for name in set(kinds) - built if kinds[name] not in UNCHANGED} == WRITTEN_BY_OTHERS
    assert warehouse.query("select count(*) from marts.fct_measures_latest") == [(5,)]
    assert warehouse.build() == []


def test_a_load_of_known_series_leaves_what_depends_on_the_registry_only(warehouse: Warehouse) -> None:
    deliver_hours(warehouse, 5)
    warehouse.build()
    deliver_hours(warehouse, 6)
    built = {result.name for result in warehouse.build()}
    assert warehouse.query("select count(*) from marts.fct_measures_latest") == [(6,)]
    manifest = read_manifest()
    parents = manifest["parent_map"]

    def sources(key: str) -> set[str]:
        return {key} if key.startswith("source.") else set().union(*map(sources, parents[key]))

    left = {
        key
        for key, node in manifest["nodes"].items()
        if node["config"].get("materialized") in ("incremental", "snapshot", "test")
        and node["resource_type"] != "unit_test"
        and node["name"] not in built | WRITTEN_BY_OTHERS
    }
    assert len(left) > 15
    registry = {f"source.warehouse.raw.{name}" for name in REGISTRY}
    assert {key: sources(key) - registry for key in left if not sources(key) <= registry} == {}


def test_a_build_of_the_same_project_leaves_the_manifest_and_writes_its_results(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver_hours(warehouse, 5)
    warehouse.build()
    first, manifest = read_artifact("run_results.json")["metadata"], read_manifest()["metadata"]
    deliver_hours(warehouse, 6)
    built = warehouse.build()
    results = read_artifact("run_results.json")
    assert results["metadata"]["invocation_id"] != first["invocation_id"]
    assert len(results["results"]) == len(built)
    assert {result["status"] for result in results["results"]} == {"success", "pass"}
    assert read_manifest()["metadata"] == manifest
    assert artifacts.is_manifest_current(build_inputs.hash_project())
    monkeypatch.setenv("DBT_VARS", "{a: 1}")
    assert not artifacts.is_manifest_current(build_inputs.hash_project())


def test_a_series_that_is_registered_after_it_was_decided_what_to_build_is_built_next(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver_hours(warehouse, 5)
    warehouse.build()
    deliver_hours(warehouse, 6)

    def decide(connection: psycopg.Connection[Any], now: build_inputs.BuildInputs) -> str:
        needed = build_inputs.what_to_build(connection, now)
        assert needed == "loads"
        deliver_hours(warehouse, 4, node="new")
        return needed

    with monkeypatch.context() as patch:
        patch.setattr(builds, "what_to_build", decide)
        warehouse.build()
    assert warehouse.query("select count(*) from marts.fct_measures_latest") == [(6,)]
    warehouse.build()
    assert warehouse.query("select count(*) from marts.fct_measures_latest") == [(10,)]


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
        assert what_is_needed(connection) == "everything"


def test_a_dropped_view_is_back_after_a_build(warehouse: Warehouse) -> None:
    warehouse.query("drop view marts.warehouse_stats")
    warehouse.build()
    assert warehouse.query("select revisions from marts.warehouse_stats") == [(0,)]
    assert warehouse.build() == []


def test_a_build_of_some_models_leaves_the_next_one_to_build_what_data_changes(warehouse: Warehouse) -> None:
    with warehouse.connect("warehouse_transformer") as connection:
        run_dbt(["run", "--select", "int_series"])
        assert what_is_needed(connection) == "data"
        warehouse.query("drop view marts.warehouse_stats")
        run_dbt(["run", "--select", "int_series"])
        assert what_is_needed(connection) == "everything"


def test_other_files_or_options_of_dbt_build_everything(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with warehouse.connect("warehouse_transformer") as connection:
        assert what_is_needed(connection) == "nothing"
        with monkeypatch.context() as patch:
            patch.setenv("DBT_TARGET", "dev")
            assert what_is_needed(connection) == "everything"
            patch.setenv("DBT_TARGET", "warehouse")
            assert what_is_needed(connection) == "nothing"
            patch.setenv("DBT_VARS", "{a: 1}")
            assert what_is_needed(connection) == "everything"
        changed = tmp_path / "rules.yml"
        changed.write_text("rules: []\n")
        monkeypatch.setattr(build_inputs, "PROJECT_ROOT", tmp_path)
        monkeypatch.setattr(build_inputs, "INPUTS", ("rules.yml",))
        assert what_is_needed(connection) == "everything"


def test_force_builds_everything(warehouse: Warehouse) -> None:
    answer = run("build", "--force")
    assert answer.returncode == 0
    assert "warehouse_stats" in answer.stdout
