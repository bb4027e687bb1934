"""Starts of the embedded server that fail, and other installations of PostgreSQL."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loaders import embedded_server
from loaders.database import connection
from loaders.embedded_server import paths as layout
from loaders.errors import ServerError
from loaders.settings import PROJECT_ROOT
from tests.support.postgresql_15 import PROGRAMS, is_installed
from tests.support.throwaway_homes import START_SCRIPT, UseHome, store_a_row, stored_row, wait_until

pytestmark = pytest.mark.embedded


def test_data_of_another_major_version_is_refused_with_both_versions(home: Path) -> None:
    embedded_server.start()
    embedded_server.stop()
    (home / "data" / "PG_VERSION").write_text("14\n")
    with pytest.raises(ServerError, match=r"made by PostgreSQL 14.*is PostgreSQL \d+.*WAREHOUSE_PG_BIN"):
        embedded_server.start()


def test_a_server_that_does_not_start_is_reported_in_its_own_words(use_home: UseHome, open_folder: Path) -> None:
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


def test_a_home_that_is_a_file_is_reported(use_home: UseHome, open_folder: Path) -> None:
    (open_folder / "home").touch()
    use_home(open_folder / "home")
    with pytest.raises(ServerError, match="is not a folder\\. Set WAREHOUSE_HOME"):
        embedded_server.start()


def test_an_installed_postgresql_15_serves_as_well(use_home: UseHome, open_folder: Path) -> None:
    if not is_installed:
        pytest.skip("no PostgreSQL 15 is installed on this machine")
    use_home(open_folder / "home", WAREHOUSE_PG_BIN=str(PROGRAMS))
    running = embedded_server.start()
    store_a_row()
    os.kill(running.pid, signal.SIGKILL)
    embedded_server.start()
    assert embedded_server.status().version == 15
    assert stored_row() == 42
    with connection.connect(None) as session:
        assert session.execute("select upper('ä')").fetchone() == ("Ä",)


def test_discard_leaves_what_others_put_into_the_home(home: Path) -> None:
    embedded_server.start()
    (home / "notes.txt").write_text("mine")
    embedded_server.discard()
    assert [path.name for path in home.iterdir()] == ["notes.txt"]
    assert not layout.current_layout().data.exists()
