"""Columns of numbers that are the mean of others, such as the price of a hub or of the whole system."""

import numpy as np

from loaders.canonical.sums import MAX_COLUMNS, MAX_ROWS, MIN_ROWS_OF_SOME, are_independent, last_digits, move_together

# A mean of few prices is rounded to the last place, or cut off there.
ROUNDINGS = 1.01
# Each share of a mean of some columns may be this far from the others.
TOLERANCE = 0.02


def find_mean(values: np.ndarray) -> tuple[int, list[int]] | None:
    """Return the position of a column that is the mean of at least two others, and theirs; None without one.

    values: one row per column of the table, NaN where it has no number. Rows in which all are equal show nothing.
    """
    used = [place for place, column in enumerate(values) if not np.isnan(column).all()]
    columns = values[used]
    columns = columns[:, ~np.isnan(columns).any(axis=0)][:, :MAX_ROWS]
    if len(used) < 3 or not columns.shape[1]:
        return None
    # Where prices are equal, each is the mean of the others.
    columns = columns[:, np.ptp(columns, axis=0) > 2 * last_digits(columns).max()]
    if columns.shape[1] < MIN_ROWS_OF_SOME:
        return None
    found = _mean_of_all(columns) or _mean_of_some(columns)
    return (
        None
        if found is None or move_together(columns[found[1]])
        else (used[found[0]], sorted(used[part] for part in found[1]))
    )


def _mean_of_all(columns: np.ndarray) -> tuple[int, list[int]] | None:
    means = (columns.sum(axis=0) - columns) / (len(columns) - 1)
    # With two others, and numbers that move in steps, every third row would do so by chance.
    for place, step in enumerate(last_digits(columns)):
        if np.abs(columns[place] - means[place]).max() <= step * ROUNDINGS and np.ptp(columns[place]) > 10 * step:
            return place, [other for other in range(len(columns)) if other != place]
    return None


def _mean_of_some(columns: np.ndarray) -> tuple[int, list[int]] | None:
    count = len(columns)
    steps = last_digits(columns)
    if not 4 <= count <= MAX_COLUMNS or columns.shape[1] < count + MIN_ROWS_OF_SOME:
        return None
    if are_independent(columns, ROUNDINGS * steps.max() + 1e-6 * np.abs(columns).max()):
        return None
    for place, step in enumerate(steps):
        rest = [other for other in range(count) if other != place]
        shares, _, rank, _ = np.linalg.lstsq(columns[rest].T, columns[place], rcond=1e-9)
        if rank < len(rest):
            continue
        parts = [other for other, share in zip(rest, shares, strict=True) if share > TOLERANCE]
        if len(parts) < 2 or np.abs(shares[shares > TOLERANCE] - 1 / len(parts)).max() > TOLERANCE:
            continue
        if np.abs(columns[place] - columns[parts].mean(axis=0)).max() <= step * ROUNDINGS:
            return place, parts
    return None
