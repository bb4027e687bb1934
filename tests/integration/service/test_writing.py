"""Writes go through the loaders: each is in the ledger with who and why, and nothing is edited in place."""

import io
import json
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from tests.support.scenarios import apply_with_history
from tests.support.service_case import RANGE, client_of
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.sql

BASE = "/api/v1"
MEASURES = f"{BASE}/measures/"


@pytest.fixture(scope="module")
def loader(filled: Warehouse, keys: dict[str, str]) -> TestClient:
    """A client with the key of a loader."""
    with client_of(keys["loader"]) as opened:
        yield opened


@pytest.fixture(scope="module")
def operator(filled: Warehouse, keys: dict[str, str]) -> TestClient:
    """A client with the key of an operator."""
    with client_of(keys["operator"]) as opened:
        yield opened


def measure(hour: int, value: float | None = 41.5, **further: object) -> dict:
    names = {"grid": "North", "region": "Coast", "node": "Mill", "metric": "load", "source": "plant"}
    return (
        names
        | {"timestamp": f"2026-02-01T{hour:02}:00Z", "collected_at": "2026-02-02T00:00Z", "value": value}
        | further
    )


WRITES = [
    ("POST", f"{BASE}/grids/", {"name": "X", "time_zone": "UTC"}, "loader"),
    ("POST", f"{BASE}/regions/", {"name": "X", "grid": 1}, "loader"),
    ("POST", f"{BASE}/nodes/", {"name": "X", "region": 1}, "loader"),
    ("PUT", f"{BASE}/grids/1/", {"name": "X"}, "loader"),
    ("PATCH", f"{BASE}/regions/1/", {"name": "X"}, "loader"),
    ("PATCH", f"{BASE}/nodes/1/", {"name": "X"}, "loader"),
    ("DELETE", f"{BASE}/nodes/1/", None, "loader"),
    ("POST", MEASURES, [measure(0)], "loader"),
    ("PUT", f"{MEASURES}1-1767999600/", {"value": 1}, "loader"),
    ("PATCH", f"{MEASURES}1-1767999600/", {"value": 1}, "loader"),
    ("DELETE", f"{MEASURES}1-1767999600/", None, "loader"),
    ("POST", f"{BASE}/loads/1/accept/", {}, "operator"),
    ("POST", f"{BASE}/loads/1/withdraw/", {}, "operator"),
]


@pytest.mark.parametrize(("method", "path", "body", "role"), WRITES)
def test_a_write_needs_a_key_of_its_role(
    client: TestClient, keys: dict[str, str], filled: Warehouse, method: str, path: str, body: object, role: str
) -> None:
    before = (
        filled.query("select count(*) from raw.load_events"),
        filled.query("select count(*) from raw.registry_events"),
    )
    assert client.request(method, path, json=body).status_code == 401
    for weaker in ("analyst", "loader", "operator")[: ("analyst", "loader", "operator").index(role)]:
        denied = client.request(method, path, json=body, headers={"X-API-Key": keys[weaker]})
        assert denied.status_code == 403
        assert role in denied.json()["detail"]
    after = (
        filled.query("select count(*) from raw.load_events"),
        filled.query("select count(*) from raw.registry_events"),
    )
    assert before == after


def test_places_are_added_renamed_and_moved_with_who_and_why(loader: TestClient, filled: Warehouse) -> None:
    grid = loader.post(f"{BASE}/grids/", json={"name": "West", "time_zone": "Europe/Lisbon", "why": "new operator"})
    assert grid.status_code == 201
    region = loader.post(f"{BASE}/regions/", json={"name": "Shore", "grid": grid.json()["id"], "who": "Ana"}).json()
    other = loader.post(f"{BASE}/regions/", json={"name": "Cliffs", "grid": grid.json()["id"]}).json()
    node = loader.post(f"{BASE}/nodes/", json={"name": "Buoy", "region": region["id"]})
    assert node.status_code == 201
    assert node.headers["location"] == f"{BASE}/nodes/{node.json()['id']}/"
    path = node.headers["location"]
    assert loader.post(f"{BASE}/nodes/", json={"name": "Buoy", "region": region["id"]}).status_code == 409
    changed = loader.put(path, json={"name": "Buoy 1", "region": other["id"], "why": "sold"}).json()
    assert (changed["name"], changed["region"], changed["region_name"]) == ("Buoy 1", other["id"], "Cliffs")
    assert loader.patch(path, json={"name": "Buoy 1"}).status_code == 200
    events = filled.query("select kind, change, new_names, who, why from raw.registry_events order by event_id")
    assert ("grid", "added", ["West"], "loader of the tests", "new operator") in events
    assert ("region", "added", ["West", "Shore"], "Ana (key loader of the tests)", f"POST {BASE}/regions/") in events
    moved = ("node", "moved", ["West", "Cliffs", "Buoy"], "loader of the tests", "sold")
    renamed = ("node", "renamed", ["West", "Cliffs", "Buoy 1"], "loader of the tests", "sold")
    assert events[-2:] == [moved, renamed]


def test_only_what_is_and_was_empty_is_deleted(loader: TestClient, filled: Warehouse) -> None:
    def add(kind: str, **names: Any) -> str:
        return loader.post(f"{BASE}/{kind}/", json=names).headers["location"]

    grid = add("grids", name="Island", time_zone="UTC")
    grid_id = int(grid.split("/")[-2])
    region, other = (add("regions", name=name, grid=grid_id) for name in ("East", "West"))
    region_id, other_id = (int(path.split("/")[-2]) for path in (region, other))
    node = add("nodes", name="Buoy", region=region_id)
    apply_with_history(filled)
    for path, word in ((grid, "has 2 regions"), (region, "has 1 node.")):
        answer = loader.delete(path)
        assert (answer.status_code, word in answer.json()["detail"]) == (409, True), answer.text
    assert loader.patch(node, json={"region": other_id}).status_code == 200
    assert "moved out of it" in loader.delete(region).json()["detail"]
    assert loader.delete(node, params={"why": "never built", "who": "Ana"}).json()["deleted"]
    assert loader.delete(node).status_code == 404
    assert loader.delete(other).status_code == 200
    assert "has 1 region." in loader.delete(grid).json()["detail"]
    event = "select old_names, who, why from raw.registry_events where change = 'deleted' and kind = 'node'"
    assert filled.query(event) == [(["Island", "West", "Buoy"], "Ana (key loader of the tests)", "never built")]
    assert filled.query("select count(*) from marts.dim_node_history where node_name = 'Buoy'") == [(1,)]
    apply_with_history(filled)
    for relation in ("dim_node", "dim_node_history"):
        assert filled.query(f"select count(*) from marts.{relation} where node_name = 'Buoy'") == [(0,)], relation


def test_a_change_of_two_things_happens_completely_or_not_at_all(loader: TestClient, filled: Warehouse) -> None:
    before = filled.query("select node_id, region_id, node_name from raw.nodes order by 1")
    [(mill, inland)] = filled.query(
        "select node_id, (select region_id from raw.regions where region_name = 'Inland') from raw.nodes"
        " where node_name = 'Mill'"
    )
    # The move would be possible, the name is taken there.
    assert loader.put(f"{BASE}/nodes/{mill}/", json={"name": "Quarry", "region": inland}).status_code == 409
    assert filled.query("select node_id, region_id, node_name from raw.nodes order by 1") == before


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "grids/", {"name": "Z", "time_zone": "Mars/Base"}, 422),
        ("POST", "grids/", {"name": "Z"}, 422),
        ("POST", "grids/", {"name": " ", "time_zone": "UTC"}, 422),
        ("POST", "nodes/", {"name": "Z", "region": 999}, 422),
        ("POST", "nodes/", {"name": "Z", "region": 1, "extra": 1}, 422),
        ("PATCH", "nodes/1/", {}, 422),
        ("PATCH", "nodes/999/", {"name": "Z"}, 404),
        ("PATCH", "nodes/1/", {"region": 999}, 422),
        ("DELETE", "nodes/1/", None, 409),
        ("DELETE", "grids/1/", None, 409),
        ("DELETE", "regions/1/", None, 409),
        ("DELETE", "regions/999/", None, 404),
        ("PUT", "measures/999-0/", {"value": 1}, 404),
        ("PUT", "measures/1-7/", {"value": 1}, 422),
        ("PUT", "measures/1-7/", {"value": "much"}, 422),
        ("PUT", "measures/1-7/", {}, 422),
    ],
)
def test_what_cannot_be_changed_is_refused(
    loader: TestClient, method: str, path: str, body: object, status: int
) -> None:
    answer = loader.request(method, f"{BASE}/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def as_bodies(measures: list[dict]) -> dict[str, bytes]:
    frame = pd.DataFrame(measures)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    arrow, parquet = io.BytesIO(), io.BytesIO()
    with pa.ipc.new_stream(arrow, table.schema) as writer:
        writer.write_table(table)
    frame.to_parquet(parquet)
    return {
        "application/json": json.dumps(measures).encode(),
        "application/x-ndjson": "\n".join(map(json.dumps, measures)).encode(),
        "text/csv": frame.to_csv(index=False).encode(),
        "application/vnd.apache.arrow.stream": arrow.getvalue(),
        "application/vnd.apache.parquet": parquet.getvalue(),
    }


@pytest.mark.parametrize("number", range(5))
def test_measures_in_any_form_are_one_load_with_its_entry_in_the_answer(
    loader: TestClient, filled: Warehouse, number: int
) -> None:
    measures = [measure(hour, 40.0 + hour, collected_at=f"2026-02-02T0{number}:00Z") for hour in range(3)]
    media_type, body = list(as_bodies(measures).items())[number]
    headers = {"Content-Type": media_type}
    params = {"why": "late meter", "who": "Ana"}
    answer = loader.post(MEASURES, content=body, headers=headers, params=params)
    entry = answer.json()
    assert answer.status_code == 201, answer.text
    assert (entry["status"], entry["rows_inserted"], entry["failures"]) == ("accepted", 3, [])
    load_id = entry["load_id"]
    assert filled.query(
        "select who, why from raw.load_events where load_id = %s order by event_id limit 1", load_id
    ) == [("Ana (key loader of the tests)", "late meter")]
    assert loader.get(answer.headers["location"]).json()["rows_inserted"] == 3
    again = loader.post(MEASURES, content=body, headers=headers, params=params)
    assert again.status_code == 200
    assert again.json()["load_id"] == load_id
    assert again.json()["already_stored"]


def test_one_measure_by_the_fields_of_the_seed_system(loader: TestClient, filled: Warehouse) -> None:
    [(node,)] = filled.query("select node_id from raw.nodes where node_name = 'Dam'")
    one = {"node": node, "timestamp": "2026-02-01T00:00:00Z", "collected_at": "2026-02-01T01:00:00Z", "value": 5}
    unclear = loader.post(MEASURES, json=one)
    assert unclear.status_code == 422
    assert "Add the metric" in unclear.json()["detail"]
    answer = loader.post(MEASURES, json=one, params={"metric": "load"})
    assert answer.status_code == 201, answer.text
    assert answer.json()["rows_inserted"] == 1


def test_a_load_that_fails_the_gate_is_held_until_somebody_decides(loader: TestClient, operator: TestClient) -> None:
    answer = loader.post(MEASURES, json=[measure(hour, 1e12, collected_at="2026-03-01T00:00Z") for hour in range(4)])
    assert answer.status_code == 202, answer.text
    entry = answer.json()
    assert entry["status"] == "held"
    assert entry["failures"]
    path = f"{BASE}/loads/{entry['load_id']}/"
    assert loader.post(f"{path}withdraw/", json={"why": "wrong"}).status_code == 403
    assert operator.post(f"{path}withdraw/", json={"why": "a test"}).json()["changed"]
    assert not operator.post(f"{path}withdraw/", json={}).json()["changed"]
    assert operator.get(path).json()["status"] == "withdrawn"
    assert operator.post(f"{BASE}/loads/99999/accept/", json={}).status_code == 404
    listed = operator.get(f"{BASE}/loads/", params={"status": "withdrawn"}).json()
    assert [load["id"] for load in listed] == [entry["load_id"]]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"<a/>", "application/xml", 415),
        (b"x", None, 415),
        (b"\xff\xfe", "text/csv", 400),
        (b"not arrow", "application/vnd.apache.arrow.stream", 400),
        (b"not parquet", "application/vnd.apache.parquet", 400),
        (b'{"node": 99999, "timestamp": "2026-01-01T00:00Z", "value": 1}', "application/json", 422),
        (b'{"node": 1, "surprise": 1}', "application/json", 422),
        (json.dumps([measure(0, timestamp="2026-02-01 00:00")]).encode(), "application/json", 422),
        (json.dumps([measure(0), measure(1, node="Nobody")]).encode(), "application/json", 422),
        (json.dumps([measure(0), measure(1, value="much")]).encode(), "application/json", 422),
    ],
)
def test_a_body_that_cannot_be_loaded_stores_nothing(
    loader: TestClient, filled: Warehouse, body: bytes, content_type: str | None, status: int
) -> None:
    before = filled.query("select count(*) from raw.loads")
    headers = {"Content-Type": content_type} if content_type else {}
    answer = loader.post(MEASURES, content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert filled.query("select count(*) from raw.loads") == before


def test_a_body_above_the_limit_is_refused_with_and_without_a_length(filled: Warehouse, keys: dict[str, str]) -> None:
    with client_of(keys["loader"], max_body_bytes=1000) as small:
        body = json.dumps([measure(0)] * 20).encode()
        for content in (body, iter([body[:900], body[900:]])):
            answer = small.post(MEASURES, content=content, headers={"Content-Type": "application/json"})
            assert answer.status_code == 413
            assert answer.headers["content-type"] == "application/problem+json"


def test_a_correction_and_a_withdrawal_are_loads_of_their_own(loader: TestClient, filled: Warehouse) -> None:
    first = loader.get(f"{MEASURES}query/", params=RANGE | {"node": "Harbour", "metric": "load"}).json()[0]
    path = f"{MEASURES}{first['id']}/"
    corrected = loader.put(path, json={"value": 77.5, "why": "meter exchanged", "who": "Ana"})
    assert corrected.status_code == 200, corrected.text
    assert corrected.json()["values"][0]["before"] == first["value"]
    assert corrected.json()["values"][0]["value"] == 77.5
    same = loader.put(path, json={"value": 77.5}).json()
    assert (same["status"], same["load_id"]) == ("unchanged", None)
    answer = loader.delete(path, params={"why": "sensor was off"})
    withdrawn = answer.json()
    assert withdrawn["values"][0]["value"] is None
    # A file without values is held by the gate's rule about them; a person who says why is not.
    assert (answer.status_code, withdrawn["status"], withdrawn["failures"]) == (200, "accepted", [])
    filled.apply_loads()
    assert loader.get(path).json()["value"] is None
    before = {"collected_datetime": first["collected_at"]}
    assert loader.get(path, params=before).json()["value"] == first["value"]
    whys = filled.query(
        "select why from raw.load_events where load_id = any(%s) and status = 'pending' order by load_id",
        [corrected.json()["load_id"], withdrawn["load_id"]],
    )
    assert whys == [("meter exchanged",), ("sensor was off",)]
