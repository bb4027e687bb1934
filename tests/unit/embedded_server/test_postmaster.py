"""The server's port, options and process, without PostgreSQL."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.embedded_server import postmaster
from loaders.errors import ServerError
from loaders.settings import settings


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken


def test_the_kept_port_is_used_again_while_it_is_free(listener: socket.socket) -> None:
    kept = listener.getsockname()[1]
    listener.close()
    assert postmaster.choose_port(wanted=None, kept=kept) == kept


def test_a_new_port_is_free_and_not_one_of_those_for_outgoing_connections() -> None:
    port = postmaster.choose_port(wanted=None, kept=None)
    assert port in postmaster.PORT_RANGE
    assert postmaster.is_free(port)


def test_a_taken_port_is_left_when_kept_and_an_error_when_requested(listener: socket.socket) -> None:
    taken = listener.getsockname()[1]
    assert postmaster.choose_port(wanted=None, kept=taken) != taken
    with pytest.raises(ServerError, match=f"Port {taken} "):
        postmaster.choose_port(wanted=taken, kept=None)


def test_a_process_that_is_no_server_is_not_taken_for_one(home: Path) -> None:
    (home / "postmaster.pid").write_text(f"{os.getpid()}\n{home}\n0\n5432\n")
    assert postmaster.find_postmaster(home) is None


@pytest.mark.parametrize("content", ["", "garbage", "12\n"])
def test_an_unfinished_pid_file_is_no_server(home: Path, content: str) -> None:
    (home / "postmaster.pid").write_text(content)
    assert postmaster.find_postmaster(home) is None


def test_a_server_is_known_by_its_data_directory_and_not_once_it_is_a_zombie(home: Path) -> None:
    data, other = home / "my data", home / "other"
    data.mkdir()
    other.mkdir()
    server = subprocess.Popen(
        ["postgres", "-c", "import time; time.sleep(60)", "-D", str(data)], executable=sys.executable
    )
    deadline = time.monotonic() + 5
    while not postmaster.is_server_on(server.pid, data) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert postmaster.is_server_on(server.pid, data)
    assert not postmaster.is_server_on(server.pid, other)
    server.kill()
    while postmaster.is_server_on(server.pid, data) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not postmaster.is_server_on(server.pid, data)
    os.kill(server.pid, 0)  # Still there, as a zombie.
    server.wait()


def test_a_pid_file_is_removed_only_when_its_pid_is_taken(home: Path) -> None:
    pid_file = home / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n")
    postmaster.forget_dead_server(home)
    assert not pid_file.exists()
    gone = subprocess.Popen(["true"])
    gone.wait()
    pid_file.write_text(f"{gone.pid}\n")
    postmaster.forget_dead_server(home)
    assert pid_file.exists()


def test_options_of_the_environment_come_last_and_bad_ones_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_PG_OPTIONS", "-c fsync=off -c 'log_line_prefix=%p '")
    settings.cache_clear()
    assert postmaster._options(18)[-4:] == ["-c", "fsync=off", "-c", "log_line_prefix=%p "]
    monkeypatch.setenv("WAREHOUSE_PG_OPTIONS", "-c 'x")
    settings.cache_clear()
    with pytest.raises(ServerError, match="WAREHOUSE_PG_OPTIONS cannot be read"):
        postmaster._options(18)


def test_durability_is_on_by_default() -> None:
    assert not {"fsync", "full_page_writes", "synchronous_commit"} & set(postmaster.OPTIONS)
