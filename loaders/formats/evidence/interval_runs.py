"""Whether times are the start or the end of their intervals, as the times themselves show it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.batch import Records
from loaders.canonical.times import DAY_MICROSECONDS
from loaders.errors import LoadError
from loaders.formats.evidence.interval_edges import edge_in_name
from loaders.formats.evidence.local_clocks import clock_text, clock_times, mapped_times, microseconds
from loaders.formats.file_format import ReadOptions
from loaders.notices import notify

_END_OF_DAY = r"[T ]24:00"


def check_edges(stream: Iterable[Records], path: Path, options: ReadOptions) -> Iterator[Records]:
    """Yield the records. Raises LoadError where times that are read as starts look like ends.

    24:00 is an end. Times that run from one interval after midnight to midnight are ends to most publishers, so it is a
    question, unless the name of their column or the caller says what they are.
    """
    names = mapped_times(options)
    role = next((name for name in ("interval_start", "interval_end") if name in names), None)
    if role is None or {"interval_start", "interval_end"} <= names.keys():
        yield from stream
        return
    run = _Run()
    for records in stream:
        column = records.columns.get("interval_start")
        if role == "interval_start" and column is not None and pa.types.is_string(column.type):
            _refuse_end_of_day(records, column, path)
        run.add(microseconds(clock_times(records.columns, role)))
        yield records
    if edge_in_name(names[role]) is None and options.times_are is None:
        _compare(run, role, names[role], path)


class _Run:
    """The first and the last of some times, and the distance between them."""

    def __init__(self) -> None:
        self.first = self.last = self.step = 0
        self.is_empty = True

    def add(self, times: np.ndarray) -> None:
        if not len(times):
            return
        low, high = int(times.min()), int(times.max())
        if self.is_empty:
            steps = np.diff(np.unique(times))
            self.first, self.last, self.step = low, high, int(steps.min()) if len(steps) else 0
        self.first, self.last, self.is_empty = min(self.first, low), max(self.last, high), False

    def is_of_days(self, first: int, last: int) -> bool:
        """Return whether the times run over full days, from and to these distances from midnight."""
        is_longer = self.last - self.first >= DAY_MICROSECONDS - self.step
        return is_longer and (self.first - first) % DAY_MICROSECONDS == (self.last - last) % DAY_MICROSECONDS == 0


def _compare(run: _Run, role: str, name: str, path: Path) -> None:
    if not 0 < run.step < DAY_MICROSECONDS:
        return
    if role == "interval_start" and run.first % run.step == run.last % run.step == run.step // 2:
        raise LoadError(
            f"{path}: the times of {name} are in the middle of full intervals, such as {clock_text(run.first)}. If they"
            " are the middles of the intervals, subtract half an interval from them. If they are starts, pass"
            " --times-are start."
        )
    span = f"the times of {name} run from {clock_text(run.first)} to {clock_text(run.last)}"
    if role == "interval_start" and run.is_of_days(run.step, 0):
        raise LoadError(
            f"{path}: {span}, as the ends of intervals do, but are read as starts. Pass --times-are end, or --times-are"
            " start if they are starts."
        )
    if role == "interval_end" and run.is_of_days(0, -run.step):
        notify(path, f"{span}, as the starts of intervals do, and are read as ends")


def _refuse_end_of_day(records: Records, column: pa.Array, path: Path) -> None:
    is_end = pc.fill_null(pc.match_substring_regex(column, _END_OF_DAY), False)
    place = pc.index(is_end, pa.scalar(True)).as_py()
    if place >= 0:
        raise LoadError(
            f"{path}: row {records.row_number[place]} has the time {column[place]}, so the times seem to be the ends of"
            " the intervals. Map their column to interval_end (--map COLUMN=interval_end), or pass --times-are end."
        )
