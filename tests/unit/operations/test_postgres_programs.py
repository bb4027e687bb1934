"""Which of the installed client programs are used for a server."""

from pathlib import Path

import pytest

from loaders.errors import ServerError
from loaders.operations import postgres_programs
from loaders.operations.postgres_programs import find_programs


@pytest.fixture(autouse=True)
def three_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for major in (15, 17, 18):
        folder = tmp_path / str(major)
        folder.mkdir()
        for name in postgres_programs.PROGRAMS:
            (folder / name).write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {major}.2'\n")
            (folder / name).chmod(0o755)
    (tmp_path / "19").mkdir()  # without programs
    folders = [tmp_path / name for name in ("15", "17", "18", "19")]
    monkeypatch.setattr(postgres_programs, "_folders", lambda: iter(folders))


@pytest.mark.parametrize(("server", "used"), [(15, "15"), (16, "18"), (17, "17"), (18, "18")])
def test_the_programs_of_the_servers_version_are_used_or_else_the_newest(server: int, used: str) -> None:
    assert find_programs(server).name == used


def test_older_programs_than_the_server_are_refused() -> None:
    with pytest.raises(ServerError, match=r"server is PostgreSQL 19.*newest installed ones are of version 18"):
        find_programs(19)
