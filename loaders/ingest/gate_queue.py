"""Stored loads that wait for the gate, which judges several of them in one transaction."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loaders.errors import WarehouseError
from loaders.gates import GateVerdict
from loaders.ingest.options import IngestResult
from loaders.ingest.storage.delivery import LoadResult
from loaders.messages import one_line

MAX_LOADS, FULL_LOADS = 50, 200
MAX_ROWS = 100_000
MAX_WAIT_SECONDS = 2.0

Gate = Callable[[Sequence[tuple[str, LoadResult]]], list[tuple[LoadResult, GateVerdict | None]]]


@dataclass(frozen=True)
class _Waiting:
    position: int
    name: str
    started: float
    result: LoadResult


class GateQueue:
    """The loads of several threads that are stored and not judged yet.

    report: receives the position of each file, and its result when it is final.
    """

    def __init__(self, gate: Gate, report: Callable[[int, IngestResult], None]) -> None:
        self._gate, self.report = gate, report
        self._lock, self._judging = threading.Lock(), threading.Lock()
        self._waiting: list[_Waiting] = []

    def add(self, position: int, name: str, started: float, result: LoadResult) -> None:
        """Add a stored load; judge the waiting ones when they are many, have many rows or waited for long.

        Other threads go on storing meanwhile. A load that repeats stored rows is judged after the loads before it:
        their status decides which rows are new.
        """
        waiting = _Waiting(position, name, started, result)
        if result.load_id is None or result.status != "pending":
            self._report(waiting, result, None)
            return
        if result.rows_duplicate:
            self.flush()
        with self._lock:
            self._waiting.append(waiting)
            loads, rows = len(self._waiting), sum(item.result.rows_read for item in self._waiting)
            waited = time.monotonic() - self._waiting[0].started
        is_due = loads >= MAX_LOADS or rows >= MAX_ROWS or waited >= MAX_WAIT_SECONDS
        # Where another thread is judging, a later load comes back to these; when they are many, this one waits.
        if is_due and self._judging.acquire(blocking=loads >= FULL_LOADS or rows >= MAX_ROWS):
            try:
                self._judge_all()
            finally:
                self._judging.release()

    def flush(self) -> None:
        """Judge all loads that wait."""
        with self._judging:
            self._judge_all()

    def _judge_all(self) -> None:
        with self._lock:
            group, self._waiting = self._waiting, []
        if not group:
            return
        try:
            self._judge(group)
        except WarehouseError:
            # One at a time, so that a load that cannot be judged does not hold up the others.
            for item in group:
                self._judge_alone(item)

    def _judge(self, group: list[_Waiting]) -> None:
        gated = self._gate([(item.name, item.result) for item in group])
        for item, (result, verdict) in zip(group, gated, strict=True):
            self._report(item, result, verdict)

    def _judge_alone(self, item: _Waiting) -> None:
        try:
            self._judge([item])
        except WarehouseError as error:
            seconds = time.monotonic() - item.started
            self.report(item.position, IngestResult(item.name, seconds, error=one_line(error, 2000) + "."))

    def _report(self, item: _Waiting, result: LoadResult, verdict: GateVerdict | None) -> None:
        self.report(item.position, IngestResult(item.name, time.monotonic() - item.started, result, verdict))
