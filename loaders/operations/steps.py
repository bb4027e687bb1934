"""Run one step of a scheduled run: with a time limit, again after a transient failure, and never raising."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from loaders.database.retry import is_transient
from loaders.errors import WarehouseError
from loaders.messages import one_line

log = logging.getLogger(__name__)

Result = Literal["done", "failed", "held", "skipped"]
GRACE_SECONDS = 30.0  # for a step to end after its limit
FIRST_WAIT_SECONDS = 1.0


class StepTimeout(KeyboardInterrupt):
    """The limit of a step has passed. Libraries stop their work on a KeyboardInterrupt, and on nothing else."""


class StepFailed(WarehouseError):
    """A step failed in a way that its message says completely."""


@dataclass(frozen=True)
class StepResult:
    """The result of one step. detail: one line for people; changed: whether something is new in the warehouse."""

    name: str
    result: Result
    detail: str
    seconds: float = 0.0
    changed: bool = False


StepAction = Callable[[], tuple[Result, str, bool]]


def run_step(
    name: str, action: StepAction, limit_seconds: float, attempts: int, give_up: Callable[[StepResult], None]
) -> StepResult:
    """Run an action, which returns result, detail and whether something changed; return what became known of it.

    limit_seconds: for all attempts together. give_up: called, before the process ends, for a step that does not stop
    after its limit. Must run in the main thread.
    """
    started = time.monotonic()

    def ended(result: Result, detail: str, changed: bool = False) -> StepResult:
        return StepResult(name, result, detail, round(time.monotonic() - started, 3), changed)

    retrying = Retrying(
        retry=retry_if_exception(is_transient),
        stop=stop_after_attempt(attempts),
        wait=wait_random_exponential(multiplier=2 * FIRST_WAIT_SECONDS, min=FIRST_WAIT_SECONDS, max=60),
        before_sleep=lambda state: log.warning("%s failed for a transient reason and is tried again.", name),
        reraise=True,
    )
    too_long = f"It took longer than its limit of {limit_seconds:g} s."
    try:
        with _limit(limit_seconds, lambda: give_up(ended("failed", too_long))) as has_passed:
            try:
                return ended(*retrying(action))
            except Exception as error:
                if has_passed():
                    return ended("failed", too_long)
                log.debug("%s failed", name, exc_info=error)
                known = isinstance(error, WarehouseError)
                return ended("failed", str(error) if known else f"unexpected {type(error).__name__}: {one_line(error)}")
    except StepTimeout:
        return ended("failed", too_long)


@contextmanager
def _limit(seconds: float, give_up: Callable[[], None]) -> Iterator[Callable[[], bool]]:
    """Raise StepTimeout in this thread after that time. Yields a function: whether it has passed."""
    passed = threading.Event()

    def interrupt(number: int, frame: object) -> None:
        passed.set()
        raise StepTimeout

    def end() -> None:
        give_up()
        os._exit(1)

    before = signal.signal(signal.SIGALRM, interrupt)
    last_resort = threading.Timer(seconds + GRACE_SECONDS, end)
    last_resort.daemon = True
    last_resort.start()
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield passed.is_set
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        last_resort.cancel()
        signal.signal(signal.SIGALRM, before)
