"""The server's files and their permissions."""

import stat
from pathlib import Path

import pytest

from loaders.embedded_server import paths
from loaders.errors import ServerError
from loaders.settings import settings


def test_a_private_file_is_replaced_whole_and_stays_private(home: Path) -> None:
    paths.write_private(home / "password", "one")
    paths.write_private(home / "password", "two")
    assert (home / "password").read_text() == "two"
    assert stat.S_IMODE((home / "password").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["password"]


def test_a_pointer_to_a_folder_that_is_not_ours_is_refused(home: Path) -> None:
    (home / "server_folder").write_text("/etc\n")
    with pytest.raises(ServerError, match="does not name a folder of the server"):
        paths.current_layout()


def test_looking_at_a_home_makes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from loaders import embedded_server

    monkeypatch.setenv("WAREHOUSE_HOME", str(home / "none"))
    settings.cache_clear()
    assert not embedded_server.status().running
    assert not embedded_server.stop()
    assert not (home / "none").exists()
