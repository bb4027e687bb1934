"""Upkeep of files, and which months come next."""

import os
import time
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from loaders.operations import maintenance


def test_the_next_months_cross_the_year() -> None:
    months = maintenance._next_months(date(2026, 11, 25))
    assert months == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)]


def test_a_large_log_is_rotated_while_the_server_appends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log_file = tmp_path / "server.log"
    monkeypatch.setattr(maintenance, "current_layout", lambda: SimpleNamespace(log_file=log_file))
    with log_file.open("ab", buffering=0) as server:
        server.write(b"x" * 100)
        assert not maintenance.rotate_server_log(limit_bytes=100)
        server.write(b"y")
        assert maintenance.rotate_server_log(limit_bytes=100)
        server.write(b"new")
    assert log_file.read_bytes() == b"new"
    assert (tmp_path / "server.log.1").read_bytes() == b"x" * 100 + b"y"


def test_old_pages_are_deleted_and_new_ones_stay(tmp_path: Path) -> None:
    old, new = tmp_path / "raw" / "old.html", tmp_path / "raw" / "new.html"
    old.parent.mkdir()
    old.touch()
    new.touch()
    os.utime(old, (time.time() - 41 * 86_400,) * 2)
    maintenance._prune_data_docs(tmp_path, keep_days=40)
    assert (old.exists(), new.exists()) == (False, True)


def test_daily_upkeep_is_due_again_after_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "maintained"
    monkeypatch.setattr(maintenance, "_mark", lambda: mark)
    assert maintenance.is_due()
    mark.touch()
    assert not maintenance.is_due()
    os.utime(mark, (time.time() - 90_000,) * 2)
    assert maintenance.is_due()
