"""Forms, pages, caching and the further paths: each against the read function that it stands for."""

import io
import json
from collections.abc import Callable
from itertools import count

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
import warehouse as wh
from httpx2 import Response
from starlette.testclient import TestClient
from warehouse import session

from loaders.errors import UsageError
from loaders.service.answers import fields, reading
from loaders.settings import settings
from tests.support.service_case import FIRST, RANGE, SECOND, START, client_of, rows, undisturbed
from tests.support.warehouses import Warehouse, changed_environment

BASE = "/api/v1"
QUERY = f"{BASE}/measures/query/"


@pytest.mark.parametrize("chunk_rows", [50_000, 7])
def test_every_form_has_the_same_rows_whole_or_in_parts(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, chunk_rows: int
) -> None:
    monkeypatch.setattr(reading, "CHUNK_ROWS", chunk_rows)
    expected = wh.latest(*RANGE.values())["value"].tolist()
    # Another limit of rows is another question, so that nothing comes from memory.
    params = RANGE | {"metric": ["load", "load_forecast"], "source": "plant"} if chunk_rows == 7 else RANGE
    answers = {form: client.get(QUERY, params=params | {"format": form}) for form in reading.MEDIA_TYPES}
    assert all(answer.status_code == 200 for answer in answers.values())
    assert [row["value"] for row in answers["json"].json()] == expected
    assert [json.loads(line)["value"] for line in answers["ndjson"].text.splitlines()] == expected
    assert pd.read_csv(io.StringIO(answers["csv"].text))["value"].tolist() == expected
    assert pa.ipc.open_stream(answers["arrow"].content).read_all()["value"].to_pylist() == expected
    assert pyarrow.parquet.read_table(io.BytesIO(answers["parquet"].content))["value"].to_pylist() == expected
    by_header = client.get(QUERY, params=params, headers={"Accept": "text/csv"})
    assert by_header.text == answers["csv"].text
    assert client.get(QUERY, params=params, headers={"Accept": "image/png"}).status_code == 406


def test_an_answer_above_the_row_limit_is_cut_off_and_not_taken_for_the_whole(
    filled: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "CHUNK_ROWS", 7)
    with client_of(max_rows=20) as limited:
        try:
            text = limited.get(QUERY, params=RANGE).text
        except RuntimeError:
            return
        with pytest.raises(ValueError):
            json.loads(text)


def pages(client: TestClient, address: str, **params: str) -> list[list[dict]]:
    answer = client.get(address, params=params)
    found = [answer.json()]
    while "next" in answer.links:
        answer = client.get(answer.links["next"]["url"])
        assert answer.status_code == 200
        found.append(answer.json())
    return found


@pytest.mark.parametrize("size", [1, 7, 48, 100])
def test_the_pages_together_are_the_whole(client: TestClient, size: int) -> None:
    whole = client.get(QUERY, params=RANGE).json()
    found = pages(client, QUERY, **RANGE, limit=str(size))
    assert [len(page) for page in found[:-1]] == [size] * (len(found) - 1)
    assert [row for page in found for row in page] == whole
    assert [row for page in pages(client, f"{BASE}/measures/", limit=str(size)) for row in page] == whole
    nodes = pages(client, f"{BASE}/nodes/", limit=str(size))
    assert [node["id"] for page in nodes for node in page] == wh.nodes()["node_id"].tolist()


def test_a_cursor_of_another_question_is_refused(client: TestClient) -> None:
    link = client.get(QUERY, params=RANGE | {"limit": 5}).links["next"]["url"]
    assert client.get(f"{link}&metric=load").status_code == 422
    assert client.get(link.replace("limit=5", "limit=9")).status_code == 200


def test_a_client_that_has_the_answer_gets_304_without_reading(
    client: TestClient, filled: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    params, reads, latest = RANGE | {"metric": "load"}, [], wh.latest
    monkeypatch.setattr(wh, "latest", lambda *request, **named: (reads.append(request), latest(*request, **named))[1])

    def ask() -> list[Response]:
        first = client.get(QUERY, params=params)
        reads.clear()
        known = {"If-None-Match": first.headers["etag"]}
        return [first, client.get(QUERY, params=params, headers=known), client.get(QUERY, params=params)]

    first, again, from_memory = undisturbed(filled, ask)
    assert reads == []
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (from_memory.status_code, from_memory.content) == (200, first.content)
    assert client.get(QUERY, params=params | {"format": "csv"}).status_code == 200
    assert len(reads) == 1


def test_any_write_to_the_database_makes_another_etag(client: TestClient, filled: Warehouse) -> None:
    tags = undisturbed(filled, lambda: {client.get(QUERY, params=RANGE).headers["etag"] for _ in range(3)})
    assert len(tags) == 1
    filled.query("comment on table raw.measures is 'changed'")
    assert client.get(QUERY, params=RANGE).headers["etag"] not in tags


def test_an_answer_is_of_the_database_that_the_settings_name_now(client: TestClient, built_template: str) -> None:
    nodes = f"{BASE}/nodes/"
    first = client.get(nodes)
    known = {"If-None-Match": first.headers["etag"]}
    with changed_environment(PGDATABASE=built_template):
        assert client.get(nodes, headers=known).json() == []
        session.close_sessions()  # so that the template can be copied again
    assert client.get(nodes).json() == first.json() != []


HISTORY = {"node": "Mill", "metric": "load"}
FURTHER = [
    ("history/", HISTORY, lambda at: wh.history("Mill", "load", tuple(RANGE.values()), **at), True),
    ("accuracy/", {}, lambda at: wh.accuracy(*RANGE.values(), **at), True),
    ("accuracy/", {"by": "forecast"}, lambda at: wh.accuracy(*RANGE.values(), by=None, **at), True),
    ("restatements/", {}, lambda at: wh.restatements(*RANGE.values(), **at), True),
    ("restatements/", {"by": "month"}, lambda at: wh.restatements(*RANGE.values(), by="month", **at), True),
    ("rollups/", {"level": "region"}, lambda at: wh.rollup("region", *RANGE.values(), **at), True),
    ("cutoffs/values/", {"name": "day-ahead"}, lambda at: wh.at_cutoff("day-ahead", *RANGE.values(), **at), True),
    ("completeness/", {}, lambda _: wh.completeness(*RANGE.values()), False),
    ("flags/", {}, lambda _: wh.flags(*RANGE.values()), False),
]


def numbers(rows: list[list[object]]) -> list[list[float]]:
    """The numbers of each row, in the order of the columns."""
    return [[round(float(cell), 6) for cell in row if isinstance(cell, int | float) and cell == cell] for row in rows]


@pytest.mark.parametrize(("path", "params", "read", "has_clocks"), FURTHER)
def test_a_further_path_answers_what_its_read_function_answers(
    client: TestClient, filled: Warehouse, path: str, params: dict, read: Callable, has_clocks: bool
) -> None:
    accepted = filled.query("select changed_at from marts.fct_load_events where status = 'accepted' order by event_id")
    after_first = accepted[0][0].isoformat()
    for at in ({}, {"collected": FIRST.isoformat()}, {"collected": SECOND.isoformat(), "loaded": after_first}):
        clocks = {f"{name}_datetime": time for name, time in at.items()}
        answer = client.get(f"{BASE}/{path}", params=RANGE | params | clocks)
        if clocks and not has_clocks:
            assert answer.status_code == 422
            continue
        expected = read(at)
        assert answer.status_code == 200, answer.text
        found = [[row[fields.RENAMED.get(name, name)] for name in expected.columns] for row in answer.json()]
        assert numbers(found) == numbers(expected.astype(object).to_numpy().tolist())
        if found:
            assert len(answer.json()[0]) == len(expected.columns)
        limited = client.get(f"{BASE}/{path}", params=RANGE | params | clocks | {"limit": 1}).json()
        assert limited == answer.json()[:1]


def test_the_start_page_shows_the_numbers_and_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "<th>measures</th><td>48</td>" in page.text
    assert "color-scheme:light dark" in page.text
    assert "http" not in page.text.replace("over HTTP", "").lower()
    with client_of(require_keys=True) as strict:
        assert strict.get("/").status_code == 401


def test_the_start_page_links_to_the_apps_that_the_settings_name(client: TestClient) -> None:
    address = "https://grid.example.org/then?a=1&b=2"
    with changed_environment(WAREHOUSE_DASHBOARD_URL=address, WAREHOUSE_MANAGE_URL=None):
        page = client.get("/").text
    assert '<a href="https://grid.example.org/then?a=1&amp;b=2">Dashboard</a>' in page
    assert "Editing app, for" not in page
    with changed_environment(WAREHOUSE_MANAGE_URL="javascript:alert(1)"), pytest.raises(UsageError, match="MANAGE_URL"):
        settings()


def test_prometheus_can_read_what_status_writes(client: TestClient, filled: Warehouse) -> None:
    page = client.get("/metrics")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    (accepted,) = filled.query("select count(*) from raw.loads where status = 'accepted'")[0]
    assert f'warehouse_loads{{status="accepted"}} {float(accepted)!r}\n' in page.text
    assert "# TYPE warehouse_marts_lag_seconds gauge" in page.text
    with client_of(require_keys=True) as strict:
        assert strict.get("/metrics").status_code == 401


def test_small_lists_are_those_of_the_catalogue(client: TestClient) -> None:
    assert [row["name"] for row in client.get(f"{BASE}/cutoffs/").json()] == wh.cutoffs()["name"].tolist()
    assert len(client.get(f"{BASE}/series/", params={"metric": "load"}).json()) == 4
    assert client.get(f"{BASE}/series/").json()[0]["resolution"] == "PT1H"


def test_the_pages_of_one_answer_belong_together_while_a_build_runs(client: TestClient, filled: Warehouse) -> None:
    """The last test of this module: it changes the values."""
    whole = client.get(QUERY, params=RANGE).json()
    answer = client.get(QUERY, params=RANGE | {"limit": 11})
    found = answer.json()
    for number in count():
        if number == 1:
            filled.deliver(rows(SECOND + pd.Timedelta(hours=1), 500.0), source="plant")
        if number == 2:
            filled.apply_loads()
        if "next" not in answer.links:
            break
        answer = client.get(answer.links["next"]["url"])
        found += answer.json()
    assert number > 2
    assert found == whole
    newest = client.get(QUERY, params=RANGE | {"metric": "load"}).json()
    assert {row["value"] for row in newest} >= {500.0, 805.0}
    assert pd.Timestamp(newest[0]["timestamp"]) == START
