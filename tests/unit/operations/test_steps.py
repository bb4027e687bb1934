"""A step never raises: it is limited in time, and tried again only after a transient failure."""

import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from loaders.errors import ServerError
from loaders.operations import steps
from loaders.operations.config import Source
from loaders.operations.sources import load_source, run_command
from loaders.operations.steps import Result, StepFailed, StepResult, run_step


def no_end(result: StepResult) -> None:
    raise AssertionError("the process must not be ended")


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "FIRST_WAIT_SECONDS", 0.01)


class Flaky:
    """Fails so often with an error, then is done."""

    def __init__(self, error: Exception, failures: int) -> None:
        self.error, self.failures, self.calls = error, failures, 0

    def __call__(self) -> tuple[Result, str, bool]:
        self.calls += 1
        if self.calls <= self.failures:
            raise self.error
        return "done", "well", True


def test_a_transient_failure_is_tried_again() -> None:
    action = Flaky(psycopg.errors.DeadlockDetected("deadlock"), 2)
    result = run_step("load", action, 10, 3, no_end)
    assert (result.result, result.changed, action.calls) == ("done", True, 3)


def test_any_other_failure_is_not_tried_again_and_says_why() -> None:
    for error, detail in ((ServerError("No room."), "No room."), (KeyError("x"), "unexpected KeyError: 'x'")):
        action = Flaky(error, 1)
        result = run_step("load", action, 10, 3, no_end)
        assert (result.result, result.detail, action.calls) == ("failed", detail, 1)


def test_a_step_is_stopped_at_its_limit() -> None:
    started = time.monotonic()
    result = run_step("build", lambda: time.sleep(30) or ("done", "", True), 0.2, 3, no_end)  # type: ignore[func-returns-value]
    assert result.result == "failed"
    assert "longer than its limit of 0.2 s" in result.detail
    assert time.monotonic() - started < 5


def test_a_step_that_does_not_stop_ends_the_process_after_its_summary() -> None:
    program = """
import time
from loaders.operations import steps
steps.GRACE_SECONDS = 0.2
def deaf():
    while True:
        try:
            time.sleep(30)
        except KeyboardInterrupt:
            pass
steps.run_step("build", deaf, 0.2, 1, lambda result: print(result.name, result.result, flush=True))
"""
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (process.returncode, process.stdout) == (1, "build failed\n")


def test_a_command_is_judged_by_its_exit_code_and_ends_with_all_that_it_started(tmp_path: Path) -> None:
    assert run_command(["true"], tmp_path, 5)[0] == "done"
    with pytest.raises(StepFailed, match="exit code 7"):
        run_command(["sh", "-c", "exit 7"], tmp_path, 5)
    with pytest.raises(StepFailed, match="cannot be run"):
        run_command(["./nowhere"], tmp_path, 5)
    with pytest.raises(StepFailed, match="longer than its limit"):
        run_command(["sh", "-c", "(sleep 2; touch late) & wait"], tmp_path, 0.2)
    time.sleep(2.2)
    assert not (tmp_path / "late").exists()


def test_a_folder_that_vanished_fails_its_source(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="does not exist"):
        load_source(Source(name="a", folder=tmp_path / "gone"))
