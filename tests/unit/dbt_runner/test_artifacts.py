"""dbt's manifest is kept where the next build would write the same one."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from dbt_common.invocation import get_invocation_id

from loaders.dbt_runner import artifacts
from loaders.errors import BuildError

SERVER = {"PGHOST": "127.0.0.1", "PGPORT": "5432", "PGUSER": "transformer", "PGDATABASE": "one", "PGPASSWORD": "secret"}


def write_manifest(folder: Path, invocation: str) -> None:
    metadata = {"dbt_version": "1.11", "invocation_id": invocation}
    (folder / "manifest.json").write_text(json.dumps({"metadata": metadata, "nodes": {"model.a": "x" * 5000}}))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the manifest of the last invocation, for the project "a"."""
    monkeypatch.setattr(artifacts, "_written", {})
    monkeypatch.setattr(artifacts, "settings", lambda: SimpleNamespace(dbt_target_path=tmp_path))
    monkeypatch.setattr(artifacts, "client_environment", lambda login: SERVER)
    monkeypatch.setattr(artifacts, "hash_project", lambda: "a")
    write_manifest(tmp_path, get_invocation_id())
    return tmp_path


def test_a_manifest_of_this_process_project_and_database_is_current(folder: Path) -> None:
    assert not artifacts.is_manifest_current("a")
    artifacts.remember_manifest("a")
    assert artifacts.is_manifest_current("a")
    assert not artifacts.is_manifest_current("b")


def test_a_manifest_that_another_invocation_wrote_is_not_remembered(folder: Path) -> None:
    write_manifest(folder, "of another process")
    artifacts.remember_manifest("a")
    assert not artifacts.is_manifest_current("a")


def test_a_manifest_of_a_project_that_changed_during_the_build_is_not_remembered(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "hash_project", lambda: "b")
    artifacts.remember_manifest("a")
    assert not artifacts.is_manifest_current("a")


@pytest.mark.parametrize("name", artifacts.CONNECTION)
def test_the_manifest_of_another_database_is_not_current(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    artifacts.remember_manifest("a")
    monkeypatch.setattr(artifacts, "client_environment", lambda login: {**SERVER, name: "other"})
    assert not artifacts.is_manifest_current("a")


@pytest.mark.parametrize(
    "change",
    [lambda folder: write_manifest(folder, "other"), lambda folder: (folder / "manifest.json").unlink()],
    ids=["another process wrote it", "deleted"],
)
def test_a_manifest_that_is_no_longer_there_is_not_current(folder: Path, change: Callable[[Path], None]) -> None:
    artifacts.remember_manifest("a")
    change(folder)
    assert not artifacts.is_manifest_current("a")


def test_results_that_cannot_be_written_fail_the_build(folder: Path) -> None:
    def write(path: str) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(BuildError, match=r"dbt stopped: .*No space left on device"):
        artifacts.write_run_results(SimpleNamespace(write=write))


def test_an_invocation_without_results_writes_none(folder: Path) -> None:
    artifacts.write_run_results(None)
    assert not (folder / "run_results.json").exists()
