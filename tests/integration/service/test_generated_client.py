"""A client that a generator makes from the OpenAPI document works."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from loaders.service.app import create_app
from loaders.service.options import ServiceOptions
from tests.support.running_service import running_service
from tests.support.service_case import NODES, RANGE
from tests.support.warehouses import Warehouse


def only_json(document: dict[str, Any]) -> dict[str, Any]:
    """The document without the other media types, since this generator knows one for each answer and body."""
    for path in document["paths"].values():
        for operation in path.values():
            for part in (*operation["responses"].values(), operation.get("requestBody", {})):
                content = part.get("content", {})
                if "application/json" in content:
                    part["content"] = {"application/json": content["application/json"]}
    return document


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The module of the client."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "openapi.json").write_text(json.dumps(only_json(create_app(ServiceOptions()).openapi())))
    command = [Path(sys.executable).with_name("clientele"), "start-api", "--file", "openapi.json"]
    done = subprocess.run([*command, "--output", "grid_client"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield importlib.import_module("grid_client.client")
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def client(generated: ModuleType, filled: Warehouse, keys: dict[str, str]) -> Iterator[ModuleType]:
    """The client with a key, connected to a running service."""
    with running_service() as (_, stream):
        configuration = importlib.import_module("grid_client.config").Config(
            base_url=stream.removesuffix("/api/v1/stream"), headers={"Authorization": f"Bearer {keys['loader']}"}
        )
        generated.client.configure(config=configuration)
        yield generated


def test_latest_and_evolution_are_typed_lists(client: ModuleType) -> None:
    latest = client.query_measures(**RANGE, metric=["load"])
    assert len(latest) == 6 * len(NODES)
    assert (latest[0].node_name, latest[0].value, latest[0].unit) == ("Harbour", 20.0, "MW")
    known = client.evolution_of_measures(
        **RANGE, collected_datetime="2026-01-09T20:00Z", node=["Harbour"], metric=["load"]
    )
    assert [item.value for item in known] == [10.0, 11.0, 12.0, 13.0, 14.0, 15.0]


def test_places_and_one_measure(client: ModuleType) -> None:
    assert {grid.name for grid in client.list_grids()} >= {"North", "South"}
    first = client.query_measures(**RANGE, metric=["load"], limit=1)[0]
    assert client.read_measure(id=first.id).value == first.value


def test_a_post_of_measures_is_answered_with_its_load(client: ModuleType) -> None:
    schemas = importlib.import_module("grid_client.schemas")
    names = dict.fromkeys(("grid", "region", "unit", "resolution"))
    times = {"timestamp": "2026-01-11T00:00:00Z", "collected_at": "2026-01-12T00:00:00Z"}
    measure = schemas.NewMeasure(node=1, metric="load", source="plant", value=31.5, **times, **names)
    load = client.load_measures(data=measure, why="generated client")
    assert (load.status, load.rows_inserted, load.why) == ("accepted", 1, "generated client")


def test_a_problem_is_an_object_too(client: ModuleType) -> None:
    problem = client.read_node(id=999_999)
    assert (problem.status, problem.title) == (404, "Not Found")
    assert "List what there is" in problem.detail
