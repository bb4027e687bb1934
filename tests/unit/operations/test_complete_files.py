"""A file that somebody writes to is not complete."""

import os
import sys
import time
from pathlib import Path

import pytest

from loaders.operations import complete_files
from loaders.operations.complete_files import has_temporary_name, is_complete

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs the leases of Linux")


@linux
def test_a_file_is_complete_when_the_last_writer_has_closed_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w") as first, path.open("a") as second:
        first.write("some")
        first.flush()
        assert not is_complete(path)
        first.close()
        assert not is_complete(path)
        second.write("more")
    assert is_complete(path)
    with path.open():  # a reader is not in the way
        assert is_complete(path)


@linux
def test_looking_at_a_file_does_not_keep_a_writer_waiting(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x")
    assert is_complete(path)
    started = time.monotonic()
    path.write_text("y")
    assert time.monotonic() - started < 1


def test_an_empty_file_and_one_that_is_gone_are_not_complete(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    assert not is_complete(path)
    path.touch()
    assert not is_complete(path)


def test_where_writers_cannot_be_seen_a_file_is_complete_when_it_is_at_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(complete_files, "_is_open_for_writing", lambda path: None)
    path = tmp_path / "a.csv"
    path.write_text("x")
    assert not is_complete(path)
    past = time.time() - 10
    os.utime(path, (past, past))
    assert is_complete(path)


@pytest.mark.parametrize(
    ("name", "expected"), [("a.csv", False), ("a.csv.part", True), ("A.TMP", True), ("a.csv~", True), ("part", False)]
)
def test_names_of_files_in_progress_are_recognised(name: str, expected: bool) -> None:
    assert has_temporary_name(Path(name)) is expected
