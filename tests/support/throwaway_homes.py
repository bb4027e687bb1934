"""Homes of embedded servers that each test throws away."""

import os
import pwd
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loaders import embedded_server
from loaders.database import connection
from loaders.settings import settings

# Small and without waiting for the disk: these servers are thrown away.
OPTIONS = "-c fsync=off -c shared_buffers=16MB"
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
