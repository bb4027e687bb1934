"""A read that takes long says so, where a person can see it."""

import io
import sys
import threading
import time

import pytest
from warehouse import progress


class Terminal(io.StringIO):
    """A stderr that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("seconds", "is_shown"), [(0.0, False), (0.5, True)])
def test_a_terminal_is_reported_of_a_long_read_and_of_no_short_one(
    monkeypatch: pytest.MonkeyPatch, seconds: float, is_shown: bool
) -> None:
    stderr = Terminal()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "DELAY_SECONDS", 0.2)
    with progress.show_progress("reading row 7 on"):
        time.sleep(seconds)
    assert ("reading row 7 on" in stderr.getvalue()) == is_shown


def test_a_log_file_is_reported_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setattr(progress, "DELAY_SECONDS", 0.05)
    with progress.show_progress():
        time.sleep(0.2)
    assert stderr.getvalue() == ""


def test_a_read_that_could_not_be_shown_leaves_the_next_one_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError("the terminal is closed")

    monkeypatch.setattr(progress, "DELAY_SECONDS", 0.05)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    monkeypatch.setattr(progress, "_below_cell", refuse)
    with progress.show_progress("first"):
        watching = progress._watch._thread
        assert watching is not None
        watching.join(10)
    shown: list[str] = []
    monkeypatch.setattr(progress, "_below_cell", lambda: shown.append)
    with progress.show_progress("second"):
        deadline = time.monotonic() + 10
        while not shown and time.monotonic() < deadline:
            time.sleep(0.02)
    assert shown[0].startswith("second")
