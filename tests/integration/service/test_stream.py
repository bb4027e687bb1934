"""The stream of changes: as server-sent events and as a WebSocket, from the notifications of the builds."""

import json
import time
from collections.abc import Callable, Iterator

import httpx2
import pytest
import websockets.exceptions
from uvicorn import Server
from websockets.sync.client import connect as connect_socket

from loaders.database.api_keys import create_key, list_keys, revoke_key
from loaders.service import mart_events
from tests.support.running_service import following, running_service
from tests.support.warehouses import Warehouse

ANNOUNCE = "select ledger.announce_mart_change(%s, %s, %s, %s)"
JANUARY, FEBRUARY = ("2026-01-10T00:00Z", "2026-01-10T05:00Z"), ("2026-02-10T00:00Z", "2026-02-10T05:00Z")
DATA = {"first_timestamp": "2026-01-10T00:00:00Z", "last_timestamp": "2026-01-10T05:00:00Z"}


@pytest.fixture(scope="module")
def service(filled: Warehouse) -> Iterator[tuple[Server, str]]:
    with running_service() as running:
        yield running


@pytest.fixture(scope="module")
def address(service: tuple[Server, str]) -> str:
    return service[1]


@pytest.fixture
def announce(filled: Warehouse) -> Callable[..., None]:
    """Announce a change as a build does."""

    def change(build: int | None, series: list[int] | None, range_: tuple[str, str] = JANUARY) -> None:
        with filled.connect("warehouse_transformer") as builder:
            builder.execute(ANNOUNCE, [build, series, *range_])

    return change


def series_of(warehouse: Warehouse, node: str) -> int:
    query = "select series_id from marts.dim_series where node_name = %s and metric = 'load'"
    return warehouse.query(query, node)[0][0]


def test_the_filters_leave_out_other_series_and_other_times(
    filled: Warehouse, address: str, announce: Callable[..., None]
) -> None:
    dam, mill = series_of(filled, "Dam"), series_of(filled, "Mill")
    with following(address, "node=Dam&end_datetime=2026-02-01") as follower:
        follower.next_event()
        announce(1, [mill])
        announce(2, [dam], FEBRUARY)
        announce(3, [dam, mill])
        announce(4, None)
        event = follower.next_event()
        assert (event["event"], event["data"]) == ("marts", {**DATA, "build_number": 3, "series": [dam]})
        assert follower.next_event()["data"] == {**DATA, "build_number": 4, "series": "many"}


def test_a_client_continues_after_the_last_event_that_it_has(address: str, announce: Callable[..., None]) -> None:
    with following(address) as follower:
        first = follower.next_event()["id"]
    for build in (11, 12):
        announce(build, [1])
    with following(address, **{"Last-Event-ID": first}) as follower:
        assert follower.next_event()["id"] == first
        events = [follower.next_event() for _ in range(2)]
    assert [event["data"]["build_number"] for event in events] == [11, 12]
    with following(address, **{"Last-Event-ID": events[0]["id"]}) as follower:
        follower.next_event()
        assert follower.next_event() == events[1]


def test_a_websocket_has_the_same_content(filled: Warehouse, address: str, announce: Callable[..., None]) -> None:
    dam, mill = series_of(filled, "Dam"), series_of(filled, "Mill")
    socket_address = address.replace("http", "ws", 1) + "/ws?node=Dam"
    with connect_socket(socket_address) as socket:
        first = json.loads(socket.recv(10))
        announce(21, [mill])
        announce(22, [dam])
        message = json.loads(socket.recv(10))
    assert message.pop("id") > first["id"]
    assert message == {**DATA, "build_number": 22, "series": [dam]}
    with connect_socket(f"{socket_address}&last_event_id={first['id']}") as socket:
        assert json.loads(socket.recv(10)) == first
        assert json.loads(socket.recv(10))["build_number"] == 22


def test_a_lost_connection_of_the_database_loses_no_event(
    filled: Warehouse, address: str, announce: Callable[..., None]
) -> None:
    listeners = (
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and query ~ 'warehouse_marts' and pid <> pg_backend_pid()"
    )
    with following(address) as follower:
        follower.next_event()
        announce(31, [1])
        assert follower.next_event()["data"]["build_number"] == 31
        assert len(filled.query(listeners)) > 0
        announce(32, [1])
        assert follower.next_event()["data"]["build_number"] == 32


def test_clients_that_leave_leave_no_session_that_listens(filled: Warehouse, address: str) -> None:
    listeners = (
        "select count(*) from pg_stat_activity where datname = current_database() and query = 'listen warehouse_marts'"
    )

    def wait_for(count: int) -> None:
        deadline = time.monotonic() + 10
        while filled.query(listeners) != [(count,)]:
            assert time.monotonic() < deadline, filled.query(listeners)
            time.sleep(0.05)

    wait_for(0)
    with following(address) as first, following(address) as second:
        first.next_event()
        second.next_event()
        wait_for(1)
    wait_for(0)
    with connect_socket(address.replace("http", "ws", 1) + "/ws") as socket:
        socket.recv(10)
        wait_for(1)
        socket.socket.shutdown(2)  # as a client that is killed
    wait_for(0)


def test_too_many_clients_are_refused(filled: Warehouse, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mart_events, "MAX_FOLLOWERS", 0)
    answer = httpx2.get(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert answer.json()["detail"] == "Too many clients follow the builds. Try again later."


def test_streams_are_denied_as_other_paths_are(filled: Warehouse, address: str) -> None:
    assert httpx2.get(address, headers={"Last-Event-ID": "x"}).status_code == 422
    assert httpx2.get(address, params={"nodes": "Dam"}).status_code == 422
    assert httpx2.get(address, params={"node": "Nowhere"}).status_code == 422
    assert httpx2.get(address, headers={"Origin": "https://elsewhere.example"}).status_code == 401
    socket_address = address.replace("http", "ws", 1) + "/ws"
    for query, options in (("", {"origin": "https://elsewhere.example"}), ("?node=Nowhere", {}), ("?nodes=x", {})):
        with (
            pytest.raises(websockets.exceptions.InvalidStatus, match="403"),
            connect_socket(socket_address + query, **options),
        ):
            pass


def test_a_stream_ends_with_the_key_and_with_the_service(filled: Warehouse, announce: Callable[..., None]) -> None:
    with running_service(require_keys=True) as (server, address):
        assert httpx2.get(address).status_code == 401
        keys = [create_key(name, "analyst", "tester") for name in ("ends", "stays")]
        with (
            following(address, Authorization=f"Bearer {keys[0]}") as ends,
            following(address, Authorization=f"Bearer {keys[1]}") as stays,
        ):
            ends.next_event()
            stays.next_event()
            [key_id] = [key.key_id for key in list_keys() if key.name == "ends"]
            revoke_key(key_id, "tester")
            announce(41, [1])
            assert stays.next_event()["data"]["build_number"] == 41
            with pytest.raises(StopIteration):
                ends.next_event()
            started = time.monotonic()
            server.should_exit = True
            with pytest.raises(StopIteration):
                stays.next_event()
            assert time.monotonic() - started < 5
