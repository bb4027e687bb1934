"""File locks."""

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from loaders.embedded_server import file_lock
from loaders.errors import ServerError


def test_a_lock_lets_one_in_at_a_time(home: Path) -> None:
    inside, most = [], []

    def work() -> None:
        with file_lock.exclusive(home / "lock", seconds=10):
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


def test_a_lock_that_is_not_had_in_time_is_reported_by_its_file(home: Path) -> None:
    with (
        file_lock.exclusive(home / "lock", seconds=1),
        pytest.raises(ServerError, match=r"Another process.*/lock"),
        file_lock.exclusive(home / "lock", seconds=0.1),
    ):
        pass


def test_an_inherited_lock_is_held_until_the_process_is_gone(home: Path) -> None:
    handle = file_lock.acquire(home / "alive", seconds=1)
    child = subprocess.Popen(["sleep", "60"], pass_fds=[handle])
    os.close(handle)
    assert file_lock.is_held(home / "alive")
    child.kill()
    # Not waited for: a zombie holds nothing.
    deadline = time.monotonic() + 5
    while file_lock.is_held(home / "alive") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not file_lock.is_held(home / "alive")
    child.wait()
