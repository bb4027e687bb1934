"""Columns of numbers that are computed from others: their sum, nearly their sum, or their mean."""

from dataclasses import dataclass

import numpy as np

from loaders.canonical.means import find_mean
from loaders.canonical.sums import find_near_sum, find_sum


@dataclass(frozen=True)
class Derived:
    """The position of a column, what it is of the others (`the sum`), and the positions of the others."""

    position: int
    what: str
    parts: list[int]


def find_derived(values: np.ndarray) -> Derived | None:
    """Return a column that is computed from others; None without one.

    values: one row per column of the table, NaN where it has no number. Infinity is no number either.
    """
    values = np.where(np.isinf(values), np.nan, values)
    for find, what in ((find_sum, "the sum"), (find_mean, "the mean"), (find_near_sum, "close to the sum")):
        if found := find(values):
            return Derived(found[0], what, found[1])
    return None
