"""The read functions over HTTP give exactly what they give from the database."""

import inspect
from collections.abc import Iterator
from typing import Any

import httpx
import pandas as pd
import pyarrow as pa
import pytest
import warehouse as wh
from warehouse import charts
from warehouse.analysis import accuracy_tables, knowledge_times
from warehouse.connection import connected_service

from loaders.database.api_keys import create_key
from loaders.errors import WarehouseError
from loaders.service.routes import read as read_route
from tests.support.moved_case import fill
from tests.support.read_calls import ANSWERS, CALLS, END, MIDDLE, START, WRONG
from tests.support.running_service import running_service
from tests.support.warehouses import Warehouse, changed_environment

pytestmark = pytest.mark.sql


@pytest.fixture(scope="module")
def address(shared_warehouse: Warehouse) -> Iterator[str]:
    fill(shared_warehouse)
    with running_service(requests_per_minute=60_000) as (_, stream):
        yield stream.removesuffix("/api/v1/stream")


@pytest.fixture(autouse=True)
def _disconnected() -> Iterator[None]:
    yield
    wh.connect(None)


def both_ways(address: str, name: str, *arguments: Any, **options: Any) -> tuple[Any, Any]:
    """The answer from the database, and over HTTP."""
    wh.connect(None)
    own = getattr(wh, name)(*arguments, **options)
    own = list(own) if "chunks" in options else own
    wh.connect(address)
    over_http = getattr(wh, name)(*arguments, **options)
    return own, list(over_http) if "chunks" in options else over_http


def plain_attrs(frame: pd.DataFrame) -> dict:
    return {key: value for key, value in frame.attrs.items() if key != "read_at"}


def same_frames(own: pd.DataFrame, over_http: pd.DataFrame) -> None:
    assert plain_attrs(over_http) == plain_attrs(own)
    assert over_http.attrs.keys() == own.attrs.keys()
    assert over_http.columns.tolist() == own.columns.tolist()
    for column, name in enumerate(own.columns):
        left, right = own.iloc[:, column], over_http.iloc[:, column]
        assert right.dtype == left.dtype, name
        if isinstance(left.dtype, pd.CategoricalDtype):
            assert right.cat.categories.tolist() == left.cat.categories.tolist(), name
            assert right.cat.codes.dtype == left.cat.codes.dtype
    own.attrs = over_http.attrs = {}
    pd.testing.assert_frame_equal(over_http, own, check_exact=True)


@pytest.mark.parametrize(("name", "arguments", "options"), CALLS)
def test_a_function_answers_the_same_over_http(address: str, name: str, arguments: tuple, options: dict) -> None:
    same_frames(*both_ways(address, name, *arguments, **options))


def test_every_public_function_is_compared() -> None:
    names = {name for name in wh.__all__ if inspect.isfunction(getattr(wh, name))}
    assert names - {name for name, _, _ in CALLS} == {"answer_info", "connect", "follow", "to_excel"}


def test_the_case_has_what_it_is_for(address: str) -> None:
    moved = wh.latest(node="Mill")
    assert set(moved["region_name"]) == {"Coast", "Inland"}
    assert set(wh.latest()["resolution"]) == {"PT1H", "PT15M"}
    assert wh.latest()["value"].isna().any()
    assert "withdrawn" in set(wh.loads()["status"])
    for read in (wh.accuracy, wh.restatements, wh.completeness, wh.flags):
        assert len(read()) > 0


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("form", ["arrow", "polars"])
def test_every_form_is_the_same(address: str, name: str, form: str) -> None:
    arguments: dict[str, tuple] = {
        "as_of": (MIDDLE,),
        "at_cutoff": (None,),
        "history": ("Dam", "load_forecast", (START, END)),
        "rollup": ("region",),
    }
    own, over_http = both_ways(address, name, *arguments.get(name, ()), into=form)
    if form == "polars":
        assert over_http.equals(own)
        assert over_http.schema == own.schema
        return
    assert over_http.equals(own)
    assert over_http.schema.equals(own.schema)
    infos = [wh.answer_info(table) for table in (own, over_http)]
    assert infos[0].requested == infos[1].requested
    assert infos[0].loads == infos[1].loads


@pytest.mark.parametrize("rows", [20, 10_000])
@pytest.mark.parametrize("name", ["latest", "accuracy", "flags"])
def test_an_answer_in_chunks_has_the_same_parts(address: str, name: str, rows: int) -> None:
    options = {"by": None} if name == "accuracy" else {}
    own, over_http = both_ways(address, name, chunks=rows, **options)
    assert len(own) == len(over_http) > 0
    for left, right in zip(own, over_http, strict=True):
        same_frames(left, right)


def test_a_long_answer_comes_in_parts_and_is_the_same(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_route, "CHUNK_ROWS", 7)
    for name, options in (("latest", {}), ("latest", {"limit": 30}), ("accuracy", {"by": None}), ("flags", {})):
        same_frames(*both_ways(address, name, **options))


@pytest.mark.parametrize(("name", "arguments", "options"), WRONG)
def test_a_wrong_argument_raises_the_same_error(address: str, name: str, arguments: tuple, options: dict) -> None:
    errors = []
    for url in (None, address):
        wh.connect(url)
        with pytest.raises(wh.ReadError) as error:
            next(getattr(wh, name)(*arguments, **options))  # one in chunks fails before its first part
        errors.append(error.value)
    assert type(errors[0]) is type(errors[1])
    assert str(errors[0]) == str(errors[1])


def test_an_empty_answer_keeps_its_categories(address: str) -> None:
    own, over_http = both_ways(address, "latest", "2020-01-01", "2020-01-02", grid="North")
    assert len(own) == 0
    same_frames(own, over_http)


def test_what_the_notebooks_compute_is_the_same(address: str) -> None:
    [series_id] = wh.series(node="Mill", metric="load_forecast")["series_id"]
    results = []
    for url in (None, address):
        wh.connect(url)
        results.append(
            [
                knowledge_times.series_range(series_id),
                knowledge_times.series_range(series_id, pd.Timestamp.now("UTC")),
                knowledge_times.system_times(series_id, pd.Timestamp(START), pd.Timestamp(END)),
                knowledge_times.revision_counts(series_id, pd.Timestamp(START), pd.Timestamp(END)).to_dict("list"),
                accuracy_tables.quality_levels().to_dict("list"),
                charts.plot(wh.latest(node="Mill", metric="load", source="plant")).to_dict(),
            ]
        )
    assert results[0][:5] == results[1][:5]
    assert results[0][5]["layer"] if "layer" in results[0][5] else results[0][5]


def test_the_environment_connects_without_a_call(address: str, shared_warehouse: Warehouse) -> None:
    from warehouse import connection

    connection._Choice.is_made = False
    with changed_environment(WAREHOUSE_URL=address, WAREHOUSE_API_KEY=create_key("environment", "analyst", "tester")):
        service = connected_service()
        assert service is not None
        assert service.url == address
        assert len(wh.latest()) > 0
    assert connected_service() is None


def test_the_service_itself_never_reads_over_http(address: str) -> None:
    with changed_environment(WAREHOUSE_URL="http://127.0.0.1:9"):
        wh.connect(address)
        assert len(wh.grids()) == 2


@pytest.mark.parametrize(("key", "sentence"), [("whk_wrong", "The key is not valid"), (None, "A key is missing")])
def test_a_key_is_required_where_the_service_requires_one(
    shared_warehouse: Warehouse, key: str | None, sentence: str
) -> None:
    with running_service(require_keys=True) as (_, stream):
        closed = stream.removesuffix("/api/v1/stream")
        with pytest.raises(wh.ReadError, match=sentence):
            wh.connect(closed, key=key)
        wh.connect(closed, key=create_key("analyst over http", "analyst", "tester"))
        assert len(wh.grids()) == 2


def test_limits_hold(shared_warehouse: Warehouse, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(read_route.TABLES, "query_table", read_route.bounded_query(10))
    with running_service(max_rows=20) as (_, stream):
        wh.connect(stream.removesuffix("/api/v1/stream"))
        with pytest.raises(wh.ReadError, match="more than 10 rows"):
            wh.sql("select * from generate_series(1, 11)")
        assert len(wh.sql("select * from generate_series(1, 10)")) == 10
        monkeypatch.setattr(read_route, "CHUNK_ROWS", 7)
        with pytest.raises(WarehouseError, match="broke off"):
            wh.latest()
        assert len(wh.latest(limit=20)) == 20


@pytest.mark.parametrize(
    ("url", "key", "sentence"),
    [
        ("http://warehouse.example.org", "whk_x", "without encryption"),
        ("ftp://warehouse.example.org", None, "not valid"),
        ("http://127.0.0.1:9", None, "cannot be reached"),
        (None, "whk_x", "needs the address"),
    ],
)
def test_an_address_that_cannot_be_used_changes_nothing(url: str | None, key: str | None, sentence: str) -> None:
    before = connected_service()
    with pytest.raises(wh.ReadError, match=sentence):
        wh.connect(url, key)
    assert connected_service() is before


def test_follow_is_woken_by_the_stream(address: str, shared_warehouse: Warehouse) -> None:
    wh.connect(address)
    followed = wh.follow(START, END, region="Coast", timeout=20)
    first = next(followed)
    assert len(first) > 0
    with shared_warehouse.connect("warehouse_transformer") as builder:
        builder.execute("select ledger.announce_mart_change(%s, %s, %s, %s)", [1, None, None, None])
    second = next(followed)
    same_frames(first, second)
    followed.close()


def test_the_fields_of_the_service_stay_in_their_order(address: str) -> None:
    rows = httpx.get(f"{address}/api/v1/rollups/?level=region&format=csv").text
    assert rows.splitlines()[0].replace('"', "").split(",") == [
        *("grid", "region", "grid_name", "region_name", "metric", "source", "unit", "resolutions"),
        *("nodes_reporting", "nodes_expected", "value", "timestamp"),
    ]


def test_what_needs_the_database_says_so(address: str) -> None:
    from warehouse.widgets import edit_actions

    wh.connect(address)
    with pytest.raises(wh.ReadError, match="needs the database"):
        edit_actions.loads()
    assert isinstance(wh.latest(into="arrow"), pa.Table)
