"""Series whose node moved: which period in which region each row belongs to."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

FIRST = np.iinfo(np.int64).min  # a period that is open at its start


@dataclass(frozen=True)
class Periods:
    """The periods of the series that were in several regions, as positions in their catalogue, in order of time.

    by_first: the position of the first period of a series → the starts of its periods in microseconds, and their
    positions.
    """

    by_first: dict[int, tuple[np.ndarray, np.ndarray]]

    def move_positions(self, positions: pa.Array, interval_starts: pa.ChunkedArray) -> pa.Array:
        """Return the positions of the rows, each in the period that its interval began in."""
        moved = positions.to_numpy().copy()
        starts = interval_starts.cast(pa.timestamp("us", tz="UTC")).combine_chunks().cast(pa.int64()).to_numpy()
        candidates = np.flatnonzero(np.isin(moved, list(self.by_first)))
        if not len(candidates):  # the series that moved are not among the rows
            return positions
        order = candidates[np.argsort(moved[candidates], kind="stable")]
        firsts, bounds = np.unique(moved[order], return_index=True)
        for first, rows in zip(firsts, np.split(order, bounds[1:]), strict=True):
            from_times, places = self.by_first[int(first)]
            moved[rows] = places[np.maximum(np.searchsorted(from_times, starts[rows], side="right") - 1, 0)]
        return pa.array(moved)


def find_periods(table: pa.Table, key: str) -> Periods | None:
    """Return the periods of the series that have several in a catalogue; None where no series has."""
    if not {key, "valid_from"} <= set(table.column_names):
        return None
    keys = table[key].to_numpy()
    starts = _microseconds(table["valid_from"])
    values, first, counts = np.unique(keys, return_index=True, return_counts=True)
    several = values[counts > 1]
    if not len(several):
        return None
    by_first = {}
    for start, count in zip(first, counts, strict=True):
        if count > 1:  # the rows of a series are next to each other, oldest first
            positions = np.arange(start, start + count)
            by_first[int(start)] = (starts[positions], positions)
    return Periods(by_first)


def excluded_periods(table: pa.Table, positions: Sequence[int], key: str) -> str | None:
    """Return as JSON the other periods of the series at these positions; None where there are none."""
    if not {key, "valid_from"} <= set(table.column_names):
        return None
    keys = table[key].to_numpy()
    is_selected = np.zeros(len(keys), dtype=bool)
    is_selected[list(positions)] = True
    left_out = np.flatnonzero(~is_selected & np.isin(keys, keys[is_selected]))
    if not len(left_out):
        return None
    rows = table.select([key, "valid_from", "valid_to"]).take(pa.array(left_out)).to_pylist()
    return json.dumps(rows, default=lambda time: time.isoformat())


def _microseconds(times: pa.ChunkedArray) -> np.ndarray:
    counts = times.cast(pa.timestamp("us", tz="UTC")).combine_chunks().cast(pa.int64())
    return np.asarray(pc.fill_null(counts, FIRST))
