"""The paths of the seed system: what they answer is what the read functions answer."""

import pandas as pd
import pytest
import warehouse as wh
from starlette.testclient import TestClient

from tests.support.service_case import FIRST, NODES, RANGE, SECOND, START
from tests.support.warehouses import Warehouse

BASE = "/api/v1"
INJECTIONS = ["'", "1' or '1'='1", '"; drop table raw.measures; --', "%s", "$1", "../../etc", "é" * 50, "1;select 1"]


def test_the_hierarchy_is_listed_by_id_with_the_names_of_the_seed_system(client: TestClient) -> None:
    grids = client.get(f"{BASE}/grids/").json()
    regions = client.get(f"{BASE}/regions/").json()
    nodes = client.get(f"{BASE}/nodes/").json()
    assert [grid["name"] for grid in grids] == ["North", "South"]
    assert grids[0] == {"id": 1, "name": "North", "time_zone": "Europe/Berlin"}
    assert {(region["name"], region["grid"]) for region in regions} == {("Coast", 1), ("Inland", 1), ("Hills", 2)}
    assert {(node["grid_name"], node["region_name"], node["name"]) for node in nodes} == set(NODES)
    assert {"id", "name", "region", "grid"} <= set(nodes[0])


def test_lists_are_filtered_and_one_is_read_by_its_id(client: TestClient) -> None:
    region = client.get(f"{BASE}/regions/", params={"name": "Coast"}).json()[0]
    nodes = client.get(f"{BASE}/nodes/", params={"region_id": region["id"]}).json()
    assert [node["name"] for node in nodes] == ["Harbour", "Mill"]
    assert [node["name"] for node in client.get(f"{BASE}/nodes/", params={"search": "ILL"}).json()] == ["Mill"]
    assert client.get(f"{BASE}/nodes/{nodes[1]['id']}/").json() == nodes[1]
    missing = client.get(f"{BASE}/nodes/999/")
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"
    assert missing.json()["status"] == 404


@pytest.mark.parametrize("filters", [{}, {"grid_id": 1}, {"region": "Coast"}, {"node": ["Mill", "Dam"]}])
def test_query_answers_the_newest_value_of_each_timestamp(client: TestClient, filters: dict) -> None:
    answered = pd.DataFrame(client.get(f"{BASE}/measures/query/", params=RANGE | filters).json())
    names = {name.removesuffix("_id"): value for name, value in filters.items()}
    expected = wh.latest(*RANGE.values(), **names)
    assert answered["value"].tolist() == expected["value"].tolist()
    assert pd.to_datetime(answered["timestamp"]).tolist() == expected["interval_start"].tolist()
    assert answered["node"].tolist() == expected["node_id"].tolist()
    assert answered["load_id"].tolist() == expected["load_id"].tolist()
    assert set(answered["unit"]) == {"MW"}


def test_evolution_answers_what_was_known_then(client: TestClient) -> None:
    known = RANGE | {"collected_datetime": FIRST.isoformat(), "metric": "load"}
    then = client.get(f"{BASE}/measures/evolution/", params=known).json()
    now = client.get(f"{BASE}/measures/query/", params=RANGE | {"metric": "load"}).json()
    assert [row["value"] for row in then] == [row["value"] - 10 for row in now]
    assert {row["collected_at"] for row in then} == {FIRST.strftime("%Y-%m-%dT%H:%M:%SZ")}
    nothing = known | {"collected_datetime": "2020-01-01T00:00Z"}
    assert client.get(f"{BASE}/measures/evolution/", params=nothing).json() == []


def test_evolution_answers_what_the_warehouse_held_at_a_system_time(client: TestClient, filled: Warehouse) -> None:
    accepted = filled.query("select changed_at from marts.fct_load_events where status = 'accepted' order by event_id")
    known = RANGE | {"collected_datetime": SECOND.isoformat(), "metric": "load"}
    now = client.get(f"{BASE}/measures/evolution/", params=known).json()
    then = client.get(
        f"{BASE}/measures/evolution/", params=known | {"loaded_datetime": accepted[0][0].isoformat()}
    ).json()
    assert [row["value"] for row in then] == [row["value"] - 10 for row in now]
    nothing = known | {"loaded_datetime": "2020-01-01T00:00Z"}
    assert client.get(f"{BASE}/measures/evolution/", params=nothing).json() == []


def test_one_measure_is_read_by_its_id(client: TestClient) -> None:
    rows = client.get(f"{BASE}/measures/query/", params=RANGE).json()
    assert len({row["id"] for row in rows}) == len(rows)
    for row in (rows[0], rows[-1]):
        assert client.get(f"{BASE}/measures/{row['id']}/").json() == row
        path = f"{BASE}/measures/{row['id']}/"
        assert client.get(path, params={"collected_datetime": "2020-01-01T00:00Z"}).status_code == 404
    for unknown in ("999-0", f"1-{int(START.timestamp()) + 1}", "1-99999999999"):
        assert client.get(f"{BASE}/measures/{unknown}/").status_code == 404


def test_the_dashboard_has_the_numbers_of_stats(client: TestClient) -> None:
    stats = client.get(f"{BASE}/dashboard/").json()
    assert (stats["grids"], stats["regions"], stats["nodes"], stats["measures"]) == (2, 3, 4, 48)
    assert stats["revisions"] == 72
    assert stats["newest_interval_start"] == "2026-01-10T05:00:00Z"


@pytest.mark.parametrize(
    ("path", "params", "word"),
    [
        ("measures/query/", {}, "start_datetime"),
        ("measures/query/", {"start_datetime": "2026-01-10T00:00Z"}, "end_datetime"),
        ("measures/evolution/", RANGE, "collected_datetime"),
        ("measures/query/", RANGE | {"start_datetime": "yesterday"}, "start_datetime"),
        ("measures/query/", RANGE | {"start_datetime": "0001-01-01T00:00+10:00"}, "out of range"),
        ("measures/query/", RANGE | {"end_datetime": "2026-01-09T00:00Z"}, "empty"),
        ("measures/query/", RANGE | {"node_id": "one"}, "node_id"),
        ("measures/query/", RANGE | {"node_id": 2**40}, "node_id"),
        ("measures/query/", RANGE | {"nodes": 1}, "nodes"),
        ("measures/query/", RANGE | {"node_id": 1, "node": "Mill"}, "node_id"),
        ("measures/query/", RANGE | {"grid_id": 99}, "Unknown grid 99"),
        ("measures/query/", RANGE | {"node": "Mil"}, "Mill"),
        ("measures/query/", RANGE | {"format": "xml"}, "format"),
        ("measures/query/", RANGE | {"limit": 0}, "limit"),
        ("measures/query/", RANGE | {"limit": 10**9}, "limit"),
        ("measures/", {"cursor": "x"}, "cursor"),
        ("nodes/", {"cursor": "1 or 1"}, "cursor"),
        ("nodes/abc/", {}, "id"),
        ("measures/1;2/", {}, "id"),
    ],
)
def test_a_wrong_parameter_is_refused_with_what_to_do(client: TestClient, path: str, params: dict, word: str) -> None:
    answer = client.get(f"{BASE}/{path}", params=params)
    problem = answer.json()
    assert answer.status_code == problem["status"] == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert word in problem["detail"]
    assert problem["detail"].endswith((".", "?"))
    assert problem["instance"] == f"{BASE}/{path}"


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_parameter_reaches_the_database_as_sql(client: TestClient, filled: Warehouse, text: str) -> None:
    for name in ("node", "grid", "region", "metric", "source", "start_datetime", "node_id", "cursor", "limit"):
        for path in ("measures/query/", "measures/", "measures/evolution/"):
            extra = {"collected_datetime": text} if path == "measures/evolution/" else {}
            assert client.get(f"{BASE}/{path}", params=RANGE | extra | {name: text}).status_code == 422
    assert client.get(f"{BASE}/nodes/", params={"search": text, "name": text}).json() == []
    assert filled.query("select count(*) from raw.measures") == [(72,)]


def test_a_control_character_in_a_name_is_refused(client: TestClient) -> None:
    assert client.get(f"{BASE}/nodes/?name=a%00b").status_code == 422
    times = "start_datetime=2026-01-10T00:00Z&end_datetime=2026-01-11T00:00Z"
    assert client.get(f"{BASE}/measures/query/?{times}&node=a%00b").status_code == 422


def test_an_offset_whose_plus_sign_was_not_encoded_is_understood(client: TestClient) -> None:
    times = "start_datetime=2026-01-10T02:00:00+01:00&end_datetime=2026-01-10T03:00:00+01:00"
    rows = client.get(f"{BASE}/measures/query/?{times}&node=Mill&metric=load").json()
    assert [row["timestamp"] for row in rows] == ["2026-01-10T01:00:00Z"]


def test_the_documentation_asks_no_other_server(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "http://" not in page
    assert "https://" not in page
    assert client.get("/static/docs/swagger-ui-bundle.js").status_code == 200
    document = client.get("/openapi.json").json()
    assert "/api/v1/measures/evolution/" in document["paths"]
    assert "HTTPValidationError" not in str(document)
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/nothing").json()["status"] == 404
    assert client.post("/health").json()["status"] == 405
