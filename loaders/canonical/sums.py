"""Columns of numbers that are the sum of others: totals, whatever they are called."""

import numpy as np

# In fewer rows a sum may be a coincidence.
MIN_ROWS = 3
# A total may differ from the sum of its parts by their rounding, where that is a small part of it.
LARGEST_ROUNDING = 0.01
ONE_SHAPE = 0.01
# There are many ways to choose some of the columns.
MIN_ROWS_OF_SOME = 6
# More rows or columns show no more, and take long.
MAX_ROWS, MAX_COLUMNS = 512, 64
# How far the share of a part may be from 0 or 1, before all is compared with the sum of the parts.
SHARE_TOLERANCE = 0.05
# How far a total with losses, exports or pumping may be from the sum of the parts, and how much that may vary.
LARGEST_LOSS, STEADY, MIN_ROWS_OF_RATIO = 0.1, 0.02, 12


def find_near_sum(values: np.ndarray) -> tuple[int, list[int]] | None:
    """Return the position of a column that follows the sum of all others, such as a total with losses; None without.

    Its ratio to the sum is close to one and steady, and none of the others follows the rest as closely.
    """
    used = [place for place, column in enumerate(values) if np.nan_to_num(column).any()]
    columns = values[used][:, :MAX_ROWS]
    columns = columns[:, ~np.isnan(columns).any(axis=0)]
    if len(used) < 4 or columns.shape[1] < MIN_ROWS_OF_RATIO or (columns < 0).any():
        return None
    rest = columns.sum(axis=0) - columns
    if not (rest > 0).all():
        return None
    ratios = columns / rest
    middle, spread = np.median(ratios, axis=1), np.ptp(ratios, axis=1)
    place = int(middle.argmax())
    others = np.delete(np.arange(len(used)), place)
    shares = columns[others] / columns[others].sum(axis=0)
    moves = (np.ptp(shares, axis=1) / np.median(shares, axis=1).clip(1e-9)).max()
    if not 1 - LARGEST_LOSS <= middle[place] <= 1 + LARGEST_LOSS or spread[place] > min(STEADY, moves / 10):
        return None
    return used[place], [used[other] for other in others.tolist()]


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
    found = _sum_of_all(complete) or _sum_of_some(complete[:, :MAX_ROWS]) or _sum_of_neighbours(complete[:, :MAX_ROWS])
    return None if found is None else (used[found[0]], sorted(used[part] for part in found[1]))


def _sum_of_all(columns: np.ndarray) -> tuple[int, list[int]] | None:
    total, rounding = columns.sum(axis=0), _rounding(columns)
    for place, column in enumerate(columns):
        if column.any() and _is_close(column, total - column, rounding):
            return place, [other for other in range(len(columns)) if other != place]
    return None


def _sum_of_neighbours(columns: np.ndarray) -> tuple[int, list[int]] | None:
    """Return a column that is the sum of those just before or after it, or of all but one other: a second total."""
    count = len(columns)
    if not 4 <= count <= MAX_COLUMNS or columns.shape[1] < MIN_ROWS_OF_SOME:
        return None
    everything, start = list(range(count)), columns[:, :MIN_ROWS]
    before = np.vstack([np.zeros(MIN_ROWS), start.cumsum(axis=0)])
    for place in everything:
        # The first rows show which sums to look at.
        slack = LARGEST_ROUNDING * np.abs(start[place]) + 1
        totals = np.vstack([before[place] - before[: max(place - 1, 0)], before[place + 3 :] - before[place + 1]])
        runs = [everything[first:place] for first in range(place - 1)]
        runs += [everything[place + 1 : last] for last in range(place + 3, count + 1)]
        totals = np.vstack([totals, before[-1] - start[place] - start])
        runs += [[other for other in everything if other not in (place, left)] for left in everything]
        for which in np.flatnonzero((np.abs(totals - start[place]) <= slack).all(axis=1)).tolist():
            parts = runs[which]
            total, rounding = columns[parts].sum(axis=0), _rounding(columns[[place, *parts]])
            if _is_close(columns[place], total, rounding) and not move_together(columns[parts]):
                return place, parts
    return None


def _sum_of_some(columns: np.ndarray) -> tuple[int, list[int]] | None:
    """Return a column that is the sum of some smaller ones; they must differ enough that no others have that sum."""
    slack = _rounding(columns) + 1e-6 * np.abs(columns).max()
    if not 4 <= len(columns) <= MAX_COLUMNS or are_independent(columns, slack):
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


def move_together(columns: np.ndarray) -> bool:
    """Return whether the columns are one shape, moved or stretched: then one is a sum or a mean by chance."""
    sizes = np.linalg.svd(columns - columns.mean(axis=1, keepdims=True), compute_uv=False)
    return bool(sizes[1] <= ONE_SHAPE * sizes[0])


def are_independent(columns: np.ndarray, slack: float) -> bool:
    """Return whether no column is a sum of shares of others, up to the slack in each row: one step instead of many."""
    count, rows = columns.shape
    return rows >= count and float(np.linalg.eigvalsh(columns @ columns.T)[0]) > slack**2 * rows


def _is_close(column: np.ndarray, total: np.ndarray, rounding: float) -> bool:
    """Return whether a column is a sum: publishers round the total and its parts each for itself."""
    slack = rounding if rounding <= LARGEST_ROUNDING * np.median(np.abs(column)) else 1e-9
    return np.allclose(column, total, rtol=1e-6, atol=slack)


def _rounding(columns: np.ndarray) -> float:
    """Return half of the last decimal place of each column, added: by so much rounding may change the sum."""
    return float(last_digits(columns).sum()) / 2


def last_digits(columns: np.ndarray) -> np.ndarray:
    """Return the unit of the last decimal place of each column, 0 for more than three places."""
    return np.array([_last_digit(column) for column in columns])


def _last_digit(column: np.ndarray) -> float:
    for places in range(4):
        if np.allclose(column, np.round(column, places), rtol=0, atol=1e-9):
            return 10.0**-places
    return 0.0
