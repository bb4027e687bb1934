"""Columns of numbers that are the sum of others: totals, whatever they are called."""

import numpy as np

# In fewer rows a sum may be a coincidence.
MIN_ROWS = 3
# A total may differ from the sum of its parts by their rounding, where that is a small part of it.
LARGEST_ROUNDING = 0.01
# More rows or columns show no more, and take long.
MAX_ROWS, MAX_COLUMNS = 512, 64
# How far the share of a part may be from 0 or 1, before all is compared with the sum of the parts.
SHARE_TOLERANCE = 0.05


def find_sum(values: np.ndarray) -> tuple[int, list[int]] | None:
    """Return the position of a column that is the sum of at least two others, and theirs; None without one.

    values: one row per column of the table, NaN where it has no number. A column of zeros is no part and no total.
    """
    used = [place for place, column in enumerate(values) if np.nan_to_num(column).any()]
    if len(used) < 3:
        return None
    columns = values[used]
    complete = columns[:, ~np.isnan(columns).any(axis=0)]
    if complete.shape[1] < MIN_ROWS:
        # A part without a number adds nothing.
        complete = np.nan_to_num(columns[:, (~np.isnan(columns)).sum(axis=0) >= MIN_ROWS])
    if complete.shape[1] < MIN_ROWS:
        return None
    found = _sum_of_all(complete) or _sum_of_some(complete[:, :MAX_ROWS])
    return None if found is None else (used[found[0]], sorted(used[part] for part in found[1]))


def _sum_of_all(columns: np.ndarray) -> tuple[int, list[int]] | None:
    total, rounding = columns.sum(axis=0), _rounding(columns)
    for place, column in enumerate(columns):
        if column.any() and _is_close(column, total - column, rounding):
            return place, [other for other in range(len(columns)) if other != place]
    return None


def _sum_of_some(columns: np.ndarray) -> tuple[int, list[int]] | None:
    """Return a column that is the sum of some smaller ones; they must differ enough that no others have that sum."""
    if not 4 <= len(columns) <= MAX_COLUMNS:
        return None
    order = np.argsort(np.abs(columns).mean(axis=1), kind="stable").tolist()
    for rank, place in enumerate(order):
        smaller = [other for other in order[:rank] if columns[other].any()]
        if len(smaller) < 2 or columns.shape[1] < len(smaller) + MIN_ROWS:
            continue
        matrix, column = columns[smaller].T, columns[place]
        shares, _, matrix_rank, _ = np.linalg.lstsq(matrix, column, rcond=1e-9)
        is_part = shares > 0.5
        if matrix_rank < len(smaller) or is_part.sum() < 2 or np.abs(shares - is_part).max() > SHARE_TOLERANCE:
            continue
        parts = [other for other, part in zip(smaller, is_part, strict=True) if part]
        if _is_close(column, columns[parts].sum(axis=0), _rounding(columns[[place, *parts]])):
            return place, parts
    return None


def _is_close(column: np.ndarray, total: np.ndarray, rounding: float) -> bool:
    """Return whether a column is a sum: publishers round the total and its parts each for itself."""
    slack = rounding if rounding <= LARGEST_ROUNDING * np.median(np.abs(column)) else 1e-9
    return np.allclose(column, total, rtol=1e-6, atol=slack)


def _rounding(columns: np.ndarray) -> float:
    """Return half of the last decimal place of each column, added: by so much rounding may change the sum."""
    return sum(_half_unit(column) for column in columns)


def _half_unit(column: np.ndarray) -> float:
    for places in range(4):
        if np.allclose(column, np.round(column, places), rtol=0, atol=1e-9):
            return 0.5 * 10.0**-places
    return 0.0
