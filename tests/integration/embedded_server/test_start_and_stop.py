"""The embedded server starts, stops and recovers on real PostgreSQL."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from loaders import embedded_server
from loaders.database import connection
from loaders.errors import ServerError
from loaders.settings import PROJECT_ROOT
from tests.support.throwaway_homes import (
    START_SCRIPT,
    UseHome,
    is_root,
    store_a_row,
    stored_row,
    wait_until,
)

pytestmark = pytest.mark.embedded


def listening_socket(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener


def test_first_start_makes_a_database_in_utf8_and_utc_that_answers(home: Path) -> None:
    running = embedded_server.start()
    with connection.connect(None) as session:
        names = ["server_encoding", "TimeZone", "log_timezone", "jit", "listen_addresses", "full_page_writes"]
        found = {name: session.execute("select current_setting(%s)", [name]).fetchone()[0] for name in names}
        assert session.execute("select current_database(), upper('ä')").fetchone() == ("warehouse", "Ä")
    assert running.started
    assert found == {
        "server_encoding": "UTF8",
        "TimeZone": "UTC",
        "log_timezone": "UTC",
        "jit": "off",
        "listen_addresses": "127.0.0.1",
        "full_page_writes": "on",
    }


def test_starting_a_running_server_changes_nothing(home: Path) -> None:
    first, second = embedded_server.start(), embedded_server.start()
    assert (second.pid, second.port, second.started) == (first.pid, first.port, False)


def test_starts_at_the_same_time_give_one_server(home: Path) -> None:
    starters = [
        subprocess.Popen([sys.executable, "-c", START_SCRIPT], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    answers = [json.loads(starter.communicate(timeout=60)[0]) for starter in starters]
    assert len({pid for pid, _ in answers}) == 1
    assert sorted(started for _, started in answers) == [False, False, False, True]


def test_server_outlives_the_session_of_the_process_that_started_it(home: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", START_SCRIPT + "import os, signal; os.killpg(0, signal.SIGKILL)"],
        cwd=PROJECT_ROOT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    assert starter.wait(timeout=60) == -signal.SIGKILL
    assert embedded_server.status().running
    with connection.connect(None) as session:
        assert session.execute("select 1").fetchone() == (1,)


def test_stop_ends_open_connections_and_every_process(home: Path) -> None:
    embedded_server.start()
    session = connection.connect(None)
    assert embedded_server.stop()
    assert not embedded_server.status().running
    assert not embedded_server.stop()
    session.close()
    with pytest.raises(ServerError, match=r"not running\. Start it with: warehouse db start"):
        connection.connect()


def test_status_tells_of_both_states(home: Path) -> None:
    running = embedded_server.start()
    up = embedded_server.status()
    embedded_server.stop()
    down = embedded_server.status()
    assert (up.running, up.pid, up.port) == (True, running.pid, running.port)
    assert (down.running, down.pid, down.port) == (False, None, running.port)
    assert down.version == up.version >= 15
    assert down.size_bytes > 10_000_000


def test_start_after_a_kill_recovers_what_was_committed(home: Path) -> None:
    running = embedded_server.start()
    store_a_row()
    os.kill(running.pid, signal.SIGKILL)
    assert embedded_server.start().pid != running.pid
    assert stored_row() == 42


def test_start_after_a_kill_ends_queries_that_hold_on_to_the_dead_server(home: Path) -> None:
    running = embedded_server.start()
    store_a_row()
    query = "select count(*) from generate_series(1, 1e10)"
    script = f"from loaders.database.connection import connect; connect(None).execute('{query}')"
    client = subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT_ROOT, stderr=subprocess.DEVNULL)
    with connection.connect(None, autocommit=True) as session:
        busy = "select count(*) = 1 from pg_stat_activity where query = %s"
        wait_until(lambda: session.execute(busy, [query]).fetchone()[0])
    os.kill(running.pid, signal.SIGKILL)
    assert embedded_server.start().started
    assert stored_row() == 42
    client.wait(timeout=30)


def test_a_pid_file_whose_pid_another_program_has_now_does_not_stop_a_start(home: Path) -> None:
    embedded_server.start()
    embedded_server.stop()
    # Of the server's own account: PostgreSQL itself would refuse to start.
    other = subprocess.Popen(["sleep", "60"], user=(home / "data").stat().st_uid if is_root else None)
    (home / "data" / "postmaster.pid").write_text(f"{other.pid}\n{home / 'data'}\n0\n1\n\n127.0.0.1\n")
    assert not embedded_server.status().running
    assert embedded_server.start().started
    assert other.poll() is None
    other.kill()
    other.wait()


def test_port_is_kept_across_restarts(home: Path) -> None:
    first = embedded_server.start()
    embedded_server.stop()
    assert embedded_server.start().port == first.port


def test_a_kept_port_that_is_taken_is_left_for_another(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = embedded_server.start()
    embedded_server.stop()
    with listening_socket(first.port), caplog.at_level(logging.WARNING):
        moved = embedded_server.start()
    assert moved.port != first.port
    assert f"Port {first.port} is taken" in caplog.text
    embedded_server.stop()
    assert embedded_server.start().port == moved.port


def test_a_requested_port_that_is_taken_is_an_error_that_names_it(use_home: UseHome, open_folder: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        use_home(open_folder / "home", WAREHOUSE_PORT=str(port))
        with pytest.raises(ServerError, match=f"Port {port} .WAREHOUSE_PORT.*set WAREHOUSE_PORT to another"):
            embedded_server.start()
    assert embedded_server.start().port == port
