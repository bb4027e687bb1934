"""Readers and loaders that work at the same time, as processes of their own.

`python -m tests.support.scale_of_use readers 16 SECONDS` forks so many readers from one process that has imported the
library, and prints a JSON line for each question: name, seconds, and what was wrong with the answer. `loaders` is the
same for loads. A loader delivers its own grid again and again, each time with one value for all hours of both nodes,
which is the number of the delivery. So an answer with two values is not from one build.
"""

import json
import os
import random
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import warehouse as wh
from warehouse.session import close_sessions

from loaders.ingest.frames import load_frame

GRIDS = 4
NODES = ("A", "B")
HOURS = pd.date_range("2026-03-01", periods=36, freq="1h", tz="UTC")


def rows(grid: int, number: int) -> pd.DataFrame:
    """A delivery: every hour of both nodes has its number as value."""
    parts = [pd.DataFrame({"node": node, "interval_start": HOURS}) for node in NODES]
    names = {"grid": f"S{grid}", "region": "R", "metric": "load"}
    return pd.concat(parts).assign(**names, collected_at=datetime.now(UTC), value=float(number))


def deliver(grid: int, number: int) -> None:
    """Load a delivery. Raises when it is not accepted."""
    outcome = load_frame(rows(grid, number), source="scale", create_missing=True, grid_time_zone="Etc/UTC")
    assert outcome.result is not None
    assert outcome.result.status == "accepted", outcome


class Reader:
    """One reader with the newest delivery of each grid that it has seen."""

    def __init__(self, number: int) -> None:
        self.random = random.Random(number)
        self.seen = dict.fromkeys(range(GRIDS), 0.0)
        self.questions: list[Callable[[int], str]] = [
            self.latest,
            self.as_of,
            self.rolled_up,
            self.history,
            self.overview,
        ]

    def ask(self) -> dict[str, Any]:
        """Ask one question; return its name, how long it took, and what was wrong."""
        question = self.random.choice(self.questions)
        started = time.perf_counter()
        try:
            fault = question(self.random.randrange(GRIDS))
        except Exception:
            fault = traceback.format_exc(limit=3)
        return {"name": question.__name__, "seconds": time.perf_counter() - started, "fault": fault}

    def latest(self, grid: int) -> str:
        frame = wh.latest(HOURS[0], HOURS[-1] + pd.Timedelta("1h"), grid=f"S{grid}")
        fault = self._of_one_build(frame, len(HOURS) * len(NODES))
        if not fault and frame["value"].iloc[0] < self.seen[grid]:
            fault = f"delivery {frame['value'].iloc[0]} came after {self.seen[grid]}"
        self.seen[grid] = max(self.seen[grid], frame["value"].max())
        return fault

    def as_of(self, grid: int) -> str:
        at = datetime.now(UTC) - timedelta(seconds=self.random.uniform(0, 20))
        frame = wh.as_of(at, HOURS[0], HOURS[-1] + pd.Timedelta("1h"), grid=f"S{grid}")
        return self._of_one_build(frame, len(frame))

    def rolled_up(self, grid: int) -> str:
        frame = wh.rollup("grid", HOURS[0], HOURS[-1] + pd.Timedelta("1h"), grid=f"S{grid}")
        return self._of_one_build(frame, len(HOURS))

    def history(self, grid: int) -> str:
        hour = self.random.choice(HOURS)
        frame = wh.history("A", "load", hour, grid=f"S{grid}")
        numbers = frame["value"].tolist()
        return "" if numbers == list(range(1, len(numbers) + 1)) else f"history {numbers}"

    def overview(self, grid: int) -> str:
        return "" if len(wh.stats()) == 1 else "no statistics"

    def _of_one_build(self, frame: pd.DataFrame, expected: int) -> str:
        if len(frame) == expected and frame["value"].nunique() <= 1:
            return ""
        return f"{len(frame)} rows of {expected}, values {sorted(frame['value'].unique())}"


def read(number: int, deadline: float) -> None:
    """Ask until the deadline, with pauses. The first question, which also connects, is of the kind `connect`."""
    reader = Reader(number)
    report({**reader.ask(), "name": "connect"})
    while time.time() < deadline:
        time.sleep(reader.random.uniform(0, 2 * pause()))
        report(reader.ask())


def load(grid: int, deadline: float) -> None:
    """Deliver a grid until the deadline, with pauses; the first delivery is there already."""
    number = 1
    while time.time() < deadline:
        time.sleep(random.uniform(0, 2 * pause()))
        started = time.perf_counter()
        try:
            deliver(grid, number + 1)
            number, fault = number + 1, ""
        except Exception:
            fault = traceback.format_exc(limit=3)
        seconds = time.perf_counter() - started
        report({"name": "load", "seconds": seconds, "fault": fault, "grid": grid, "number": number})


def import_what_is_used() -> None:
    """Ask each question once, so that the forked processes need not import what a call imports."""
    reader = Reader(0)
    for question in reader.questions:
        question(0)
    close_sessions()


def report(line: dict[str, Any]) -> None:
    """Print a line at once and whole: the processes share the file."""
    os.write(sys.stdout.fileno(), f"{json.dumps(line)}\n".encode())


def pause() -> float:
    """The mean between two questions of a reader, or two deliveries of a loader."""
    return float(os.environ.get("WAREHOUSE_TEST_SCALE_PAUSE", "0.5"))


def main(what: str, count: str, seconds: str) -> None:
    """Fork the processes and wait for all of them."""
    if what == "readers":
        import_what_is_used()
    deadline = time.time() + float(seconds)
    processes = []
    for number in range(int(count)):
        process = os.fork()
        if process == 0:
            code = 1
            try:
                {"readers": read, "loaders": load}[what](number, deadline)
                code = 0
            finally:
                sys.stdout.flush()
                os._exit(code)
        processes.append(process)
    codes = [os.waitpid(process, 0)[1] for process in processes]
    sys.exit(1 if any(codes) else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
