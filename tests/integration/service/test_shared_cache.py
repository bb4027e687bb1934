"""Two services that share their answers through a Redis server."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2 import Response

from loaders.service.answers import reading
from tests.support.service_case import RANGE, client_of, fill, undisturbed
from tests.support.throwaway_homes import wait_until
from tests.support.warehouses import Warehouse

SERVER = shutil.which("redis-server") or shutil.which("valkey-server")
pytestmark = pytest.mark.skipif(SERVER is None, reason="needs redis-server or valkey-server on the PATH")
ADDRESS = "/api/v1/measures/query/"


@pytest.fixture
def cache_server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    """A server that listens on a socket file only."""
    assert SERVER is not None
    socket = tmp_path / "cache.sock"
    options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen([SERVER, *options], stdout=subprocess.DEVNULL) as server:
        wait_until(socket.exists)
        yield f"unix://{socket}", server
        server.terminate()


def test_an_answer_of_one_service_is_given_by_the_other_until_a_build(
    shared_warehouse: Warehouse, cache_server: tuple[str, subprocess.Popen], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, server = cache_server
    fill(shared_warehouse)
    reads: list[str] = []
    read = reading._read
    monkeypatch.setattr(reading, "_read", lambda *question: (reads.append(question[1]), read(*question))[1])
    with client_of(cache_url=url) as first, client_of(cache_url=url) as second:

        def ask() -> list[Response]:
            reads.clear()
            return [client.get(ADDRESS, params=RANGE) for client in (first, second)]

        answer, copy = undisturbed(shared_warehouse, ask)
        assert answer.status_code == 200
        assert (copy.content, copy.headers["etag"], len(reads)) == (answer.content, answer.headers["etag"], 1)
        shared_warehouse.query("update raw.loads set notices = notices where load_id = 1")
        assert second.get(ADDRESS, params=RANGE).content == answer.content
        assert len(reads) == 2
        server.terminate()
        server.wait(10)
        reads.clear()
        alone = [client.get(ADDRESS, params={**RANGE, "node_id": 1}) for client in (first, second)]
        assert [answer.status_code for answer in alone] == [200, 200]
        assert len(reads) == 2
