"""Which files are loaded, and which of the others are reported."""

import os
import time
from pathlib import Path

import pytest

from loaders.errors import UsageError
from loaders.operations import arriving_files
from loaders.operations.arriving_files import MOST_FILES_AT_ONCE, ArrivingFiles


@pytest.mark.parametrize("pattern", ["", "/tmp/*.csv", "../*.csv"])
def test_a_pattern_that_is_not_one_of_the_folder_is_refused(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(UsageError, match=r"cannot be used\. Write it like"):
        ArrivingFiles(tmp_path, pattern).check_pattern()
    ArrivingFiles(tmp_path, "**/*.csv").check_pattern()


def test_files_come_in_the_order_of_their_changes_and_incomplete_ones_are_in_no_way(tmp_path: Path) -> None:
    for number in range(MOST_FILES_AT_ONCE + 50):
        (tmp_path / f"empty{number}.csv").touch()
    for name, changed in (("b.csv", 2_000_000_000), ("a.csv", 2_000_000_001)):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (changed, changed))
    files = ArrivingFiles(tmp_path, "*.csv")
    files.scan()
    assert [path.name for path in files.complete()] == ["b.csv", "a.csv"]


def test_a_file_that_stays_open_without_growing_is_reported_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(arriving_files.time, "monotonic", lambda: now)
    path = tmp_path / "a.csv"
    files = ArrivingFiles(tmp_path, "*.csv")
    with path.open("w") as written, caplog.at_level("INFO"):
        for text in ("x", "y", "", "", ""):
            written.write(text)
            written.flush()
            files.add({path})
            assert files.complete() == {}
            now += 61
        assert caplog.messages == [
            f"{path} is still open for writing. It is loaded when the program that writes it closes it."
        ]
    assert list(files.complete()) == [path]
