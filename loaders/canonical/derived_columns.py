"""Columns of numbers that are computed from others: their sum, nearly their sum, or their mean."""

import re
from dataclasses import dataclass

import numpy as np

from loaders.canonical.means import find_mean
from loaders.canonical.sums import find_near_sum, find_sum

_PRICE = re.compile(r"(?i)price|lmp|cost|tariff|spot|mcp|smp")
# Two plants may have the same few values.
MIN_DIFFERENT = 12


@dataclass(frozen=True)
class Derived:
    """The position of a column, what it is of the others (`the sum`), and the positions of the others."""

    position: int
    what: str
    parts: list[int]


def find_derived(values: np.ndarray, metric: str | None) -> Derived | None:
    """Return a column that is computed from others; None without one.

    values: one row per column of the table, NaN where it has no number. metric: several locations may have one price,
    but hardly one load. None: the columns are of several metrics.
    """
    if metric and not _PRICE.search(metric) and (equal := _find_equal(values)):
        return Derived(equal[1], "the same", [equal[0]])
    for find, what in ((find_sum, "the sum"), (find_mean, "the mean"), (find_near_sum, "close to the sum")):
        if found := find(values):
            return Derived(found[0], what, found[1])
    return None


def _find_equal(values: np.ndarray) -> tuple[int, int] | None:
    """Return the positions of two columns with the same many different numbers in all rows; None without."""
    seen: dict[bytes, int] = {}
    for position, column in enumerate(values):
        first = seen.setdefault(column.tobytes(), position)
        if first != position and len(np.unique(column[~np.isnan(column)])) >= MIN_DIFFERENT:
            return first, position
    return None
