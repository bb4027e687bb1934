"""What a watcher does with files that fail, with failed builds, and when it is quiet; without a database."""

from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from loaders.errors import BuildError, ServerError
from loaders.gates import GateVerdict
from loaders.ingest.options import IngestOptions, IngestResult
from loaders.operations import folder_watch
from loaders.operations.arriving_files import MOST_ATTEMPTS, MOST_FILES_AT_ONCE
from loaders.operations.folder_watch import PATIENCE_SECONDS, QUIET_SECONDS, SCAN_SECONDS, FolderWatch
from tests.support.load_results import DRY_RUN


@dataclass
class World:
    """What the watcher called, and what the calls do."""

    loaded: list[str] = field(default_factory=list)
    builds: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    stored: set[str] = field(default_factory=set)
    pending: list[GateVerdict] = field(default_factory=list)
    error: Exception | None = None
    has_turn: bool = True
    exists: bool = True
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

    def gate_pending(self) -> list[GateVerdict]:
        verdicts, self.pending = self.pending, []
        return verdicts

    def execute(self, query: str) -> "World":
        return self

    def fetchone(self) -> tuple[bool]:
        return (self.exists,)

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
        "gate_pending_loads": made.gate_pending,
        "turn_to_run": lambda wait: nullcontext(made.has_turn),
        "run_dbt": lambda arguments: made.build(arguments[0]),
        "build": lambda: made.build("build"),
        "connect": lambda login: nullcontext(made),
        "alert_when_build_fails": nullcontext,
    }
    for name, stand_in in stand_ins.items():
        monkeypatch.setattr(folder_watch, name, stand_in)
    monkeypatch.setattr(folder_watch.time, "monotonic", lambda: made.now)
    return made


@pytest.fixture
def watcher(tmp_path: Path, world: World) -> FolderWatch:
    """A watcher that has built everything that was there when it began."""
    made = FolderWatch(tmp_path, "*.csv", IngestOptions())
    made.step(set())
    world.builds.clear()
    world.now += SCAN_SECONDS
    return made


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
    watcher._note_behind()
    world.error = BuildError("no")
    for _ in range(120):
        watcher.step(set())
        world.now += 1
    assert 3 <= len(world.builds) <= 6
    world.error, world.now = None, world.now + 400
    watcher.step(set())
    assert watcher._behind_since is None


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


def test_at_the_start_everything_is_built_that_is_due(world: World, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    watcher = FolderWatch(tmp_path, "*.csv", IngestOptions())
    for _ in range(3):
        watcher.step(set())
    assert (world.loaded, world.builds) == (["a.csv"], ["build"])


@pytest.mark.parametrize(("exists", "next_build"), [(True, "run"), (False, "build")])
def test_after_a_failed_first_build_it_publishes_by_rows_if_the_marts_exist(
    world: World, tmp_path: Path, exists: bool, next_build: str
) -> None:
    watcher = FolderWatch(tmp_path, "*.csv", IngestOptions())
    world.error, world.exists = BuildError("a test failed"), exists
    watcher.step(set())
    world.error, world.now = None, world.now + 400
    watcher.step(set())
    assert world.builds == ["build", next_build]


def test_files_of_a_large_folder_are_loaded_in_parts_and_published_once(world: World, watcher: FolderWatch) -> None:
    names = [f"{number:03}.csv" for number in range(2 * MOST_FILES_AT_ONCE + 1)]
    for name in names:
        (watcher.folder / name).write_text("x")
    watcher.step(set())
    assert len(world.loaded) == MOST_FILES_AT_ONCE
    assert world.builds == []
    watcher.step(set())
    watcher.step(set())
    assert (sorted(world.loaded), world.builds) == (names, ["run"])


def test_files_wait_while_another_run_works(
    world: World, watcher: FolderWatch, caplog: pytest.LogCaptureFixture
) -> None:
    (watcher.folder / "a.csv").write_text("x")
    world.has_turn = False
    with caplog.at_level("INFO"):
        for _ in range(4 * int(PATIENCE_SECONDS)):
            watcher.step(set())
            world.now += 0.5
    assert caplog.messages == ["Another run or watch is working. The files wait until it ends."]
    assert (world.loaded, world.builds) == ([], [])
    world.has_turn = True
    watcher.step(set())
    assert (world.loaded, world.builds) == (["a.csv"], ["run"])


def test_content_that_is_a_load_already_is_reported_once(
    world: World, watcher: FolderWatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = watcher.folder / "a.csv"
    path.write_text("x")
    world.stored.add("xa.csv")
    with caplog.at_level("INFO"):
        for _ in range(3):
            watcher.step(set())
            world.now += SCAN_SECONDS + 1
    assert caplog.messages == [f"{path} has the content of an earlier load. It is not loaded again."]
    assert (world.loaded, world.builds) == ([], [])


def test_a_load_that_was_stored_but_not_judged_is_judged_and_published(world: World, watcher: FolderWatch) -> None:
    (watcher.folder / "a.csv").write_text("x")
    world.stored.add("xa.csv")
    world.pending = [GateVerdict(1, True, [])]
    watcher.step(set())
    assert world.builds == ["run"]
    assert world.pending == []
