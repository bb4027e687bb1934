"""What a watcher does with files that fail, with failed builds, and when it is quiet; without a database."""

from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from loaders.errors import BuildError, ServerError
from loaders.ingest.options import IngestOptions, IngestResult
from loaders.operations import folder_watch
from loaders.operations.folder_watch import MOST_ATTEMPTS, QUIET_SECONDS, FolderWatch
from tests.support.load_results import DRY_RUN


@dataclass
class World:
    """What the watcher called, and what the calls do."""

    loaded: list[str] = field(default_factory=list)
    builds: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    stored: set[str] = field(default_factory=set)
    error: Exception | None = None
    now: float = 1000.0

    def ingest(self, paths: list[Path], options: IngestOptions, jobs: int, done: Any) -> list[IngestResult]:
        if self.error:
            raise self.error
        self.loaded += [path.name for path in paths]
        results = []
        for path in paths:
            if path.name in self.broken:
                results.append(IngestResult(path.name, 0.1, error="broken"))
            else:
                self.stored.add(path.read_text() + path.name)
                results.append(IngestResult(path.name, 0.1, DRY_RUN))
        return results

    def new_files(self, paths: list[Path], format: str, read: Any) -> list[Path]:
        return [path for path in paths if path.read_text() + path.name not in self.stored]

    def build(self, name: str) -> None:
        self.builds.append(name)
        if self.error:
            raise self.error


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    stand_ins = {
        "ingest_files": made.ingest,
        "new_files": made.new_files,
        "turn_to_run": lambda wait: nullcontext(True),
        "run_dbt": lambda arguments: made.build(arguments[0]),
        "build": lambda: made.build("build"),
        "is_up_to_date": lambda connection: False,
        "connect": lambda login: nullcontext(None),
        "alert_when_build_fails": nullcontext,
    }
    for name, stand_in in stand_ins.items():
        monkeypatch.setattr(folder_watch, name, stand_in)
    monkeypatch.setattr(folder_watch.time, "monotonic", lambda: made.now)
    return made


@pytest.fixture
def watcher(tmp_path: Path) -> FolderWatch:
    return FolderWatch(tmp_path, "*.csv", IngestOptions())


def test_only_complete_files_that_match_are_loaded_and_then_published(world: World, watcher: FolderWatch) -> None:
    for name in ("a.csv", ".hidden.csv", "b.txt", "c.csv.part"):
        (watcher.folder / name).write_text("x")
    with (watcher.folder / "open.csv").open("w") as still_open:
        still_open.write("x")
        still_open.flush()
        watcher.step(set())
        assert (world.loaded, world.builds) == (["a.csv"], ["run"])
    watcher.step(set())
    assert (world.loaded, world.builds) == (["a.csv", "open.csv"], ["run", "run"])


def test_when_it_is_quiet_everything_is_built_once(world: World, watcher: FolderWatch) -> None:
    (watcher.folder / "a.csv").write_text("x")
    watcher.step(set())
    world.now += QUIET_SECONDS - 1
    watcher.step(set())
    assert "build" not in world.builds
    world.now += 2
    for _ in range(3):
        watcher.step(set())
    assert world.builds.count("build") == 1


def test_a_file_that_fails_is_given_up_until_it_changes(world: World, watcher: FolderWatch) -> None:
    path = watcher.folder / "a.csv"
    path.write_text("x")
    world.broken = {"a.csv"}
    for _ in range(MOST_ATTEMPTS + 3):
        watcher.step(set())
        world.now += 61
    assert len(world.loaded) == MOST_ATTEMPTS
    assert world.builds == []
    path.write_text("longer")
    world.broken = set()
    watcher.step({path})
    assert len(world.loaded) == MOST_ATTEMPTS + 1
    assert world.builds == ["run"]


def test_a_failed_build_is_tried_again_later_and_later(world: World, watcher: FolderWatch) -> None:
    (watcher.folder / "a.csv").write_text("x")
    watcher.step(set())
    world.builds.clear()
    watcher._is_behind, world.error = True, BuildError("no")
    for _ in range(120):
        watcher.step(set())
        world.now += 1
    assert 3 <= len(world.builds) <= 6
    world.error, world.now = None, world.now + 400
    watcher.step(set())
    assert not watcher._is_behind


def test_while_the_database_is_away_files_wait(world: World, watcher: FolderWatch) -> None:
    (watcher.folder / "a.csv").write_text("x")
    world.error = ServerError("away")
    for _ in range(10):
        watcher.step(set())
        world.now += 1
    assert world.loaded == []
    world.error = None
    world.now += 10
    watcher.step(set())
    assert (world.loaded, world.builds) == (["a.csv"], ["run"])
