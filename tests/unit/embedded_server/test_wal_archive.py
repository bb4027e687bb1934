"""The command that archives a segment of the log, run by a shell as the server does."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.embedded_server.wal_archive import archive_options
from loaders.settings import settings


def archive(segment: Path) -> int:
    command = archive_options()["archive_command"].replace("%%", "\0")
    command = command.replace("%p", f"'{segment}'").replace("%f", segment.name).replace("\0", "%")
    return subprocess.run(["/bin/sh", "-c", command]).returncode


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    made = tmp_path / "it's 100%f $HOME"
    made.mkdir()
    monkeypatch.setenv("WAREHOUSE_WAL_ARCHIVE", str(made))
    settings.cache_clear()
    yield made
    settings.cache_clear()


def test_a_segment_is_archived_once_and_never_replaced_by_another(folder: Path, tmp_path: Path) -> None:
    segment = tmp_path / "000000010000000000000001"
    segment.write_text("one")
    (folder / f".{segment.name}.part").write_text("left over from a server that was killed")
    assert archive(segment) == 0
    assert [path.name for path in folder.iterdir()] == [segment.name]
    assert archive(segment) == 0
    segment.write_text("two")
    assert archive(segment) != 0
    assert (folder / segment.name).read_text() == "one"


def test_a_folder_that_is_not_there_is_an_error_of_the_command(folder: Path, tmp_path: Path) -> None:
    segment = tmp_path / "000000010000000000000001"
    segment.write_text("one")
    folder.rmdir()
    assert archive(segment) != 0


def test_without_the_setting_nothing_is_archived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAREHOUSE_WAL_ARCHIVE", raising=False)
    settings.cache_clear()
    assert archive_options() == {}
    settings.cache_clear()
