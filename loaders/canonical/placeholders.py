"""Numbers that programs write where a value is missing, such as -999 or 99999: found by their values and neighbours.

Such a number is refused where it lies away from the other values of its series. Published limits are true values: a
price can be 9999 EUR/MWh in the day-ahead coupling, 999.99 in Alberta and -1000 in Australia. Flows of -999 MW exist.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.errors import LoadError

# Hardly a measurement, wherever it lies outside the range of the other values.
_STRONG = (
    -999, -999.9, -999.99, -999.25, -9999, -9999.9, -9999.99, -99999, -99999.9, -99999.99, -999999, -9999999, -32768,
    -999.999, -9999.999, -7777, -8888,
    -2147483648, 99999, 99999.9, 99999.99, 999999, 999999.9, 999999.99, 9999999, 99999999, 999999999, 2147483647,
    1e20, -1e20, 1e30, -1e30,
)  # fmt: skip
# May be a measurement, so it must lie far away.
_WEAK = (-99, -99.9, -99.99, 9999, 9999.9, 9999.99, 32767, 65535)
# Often a measurement, so it must be there again and again, above all others. A price of 9999 is a published limit.
_REPEATED, _REPEATED_PRICES = (999, 999.9, 999.99, 9999, 9999.9, 9999.99), (999,)
_STRONG_PRICES = (
    -999,
    -9999,
    -7777,
    -8888,
    -99999,
    -999999,
    99999,
    99999.99,
    999999,
    9999999,
    99999999,
    999999999,
    1e20,
    1e30,
)
_WEAK_PRICES = (-99, -99.9, -99.99)
# Numbers of 32 bits differ from those of 64: -999.9 is -999.9000244 then. Larger ones become round numbers.
_SAME = {float(number): float(number) for number in (*_STRONG, *_WEAK, *_REPEATED)}
_SAME |= {
    float(np.float32(number)): float(number) for number in _SAME if abs(float(np.float32(number)) - number) < 0.004
}
_CANDIDATES = pa.array(sorted(_SAME), pa.float64())
_PRICE = re.compile(r"price|lmp|cost|tariff|spot|mcp|smp", re.IGNORECASE)
_MONEY = re.compile(r"[A-Z]{3}\s*/|(?i:eur|usd|gbp)\s*/|[$€£]|\bct/")
_KEY = ("grid", "region", "node", "metric", "source")
# Fewer other values do not show how a series moves.
MIN_OTHERS = 2
MIN_REPEATS = 3


class PlaceholderFound(LoadError):
    """A value seems to stand for a missing one."""


@dataclass(frozen=True)
class _Series:
    """The rows of one series in a batch: which are candidates, and the other values."""

    is_price: bool
    candidates: np.ndarray
    others: np.ndarray


def refuse_placeholders(columns: Mapping[str, pa.Array], valid: Iterable[float]) -> None:
    """Raise PlaceholderFound for a value that seems to stand for a missing one.

    columns: canonical columns of a batch, names as dictionaries; rows with an error have no value. valid: numbers that
    the caller states to be values.
    """
    values = columns["value"]
    found = pc.fill_null(pc.is_in(values, value_set=_CANDIDATES), False)
    if not pc.any(found).as_py():
        return
    numbers = values.to_numpy(zero_copy_only=False)
    is_candidate = found.to_numpy(zero_copy_only=False) & ~np.isin(numbers, list(valid))
    for series in _series(columns, numbers, is_candidate):
        found_numbers, first, counts = np.unique(numbers[series.candidates], return_index=True, return_counts=True)
        for position in np.argsort(first):
            number = _SAME[float(found_numbers[position])]
            if _is_placeholder(number, series) or _is_repeated_mark(number, counts[position], series):
                _refuse(columns, series.candidates[first[position]], numbers, series.others)


def _series(columns: Mapping[str, pa.Array], numbers: np.ndarray, is_candidate: np.ndarray) -> Iterable[_Series]:
    """Yield the series that have candidates. One without other values is compared with all of its metric."""
    keys = np.zeros(len(numbers), np.int64)
    for name in _KEY:
        codes = columns[name].indices.fill_null(len(columns[name].dictionary)).to_numpy()
        keys = np.unique(keys * (len(columns[name].dictionary) + 1) + codes, return_inverse=True)[1]
    metrics = columns["metric"].indices.fill_null(-1).to_numpy()
    order = np.argsort(keys, kind="stable")
    starts = np.searchsorted(keys[order], np.arange(keys.max() + 2))
    is_other = ~is_candidate & ~np.isnan(numbers)
    of_metric: dict[int, np.ndarray] = {}
    for key in np.unique(keys[is_candidate]):
        rows = order[starts[key] : starts[key + 1]]
        others = numbers[rows[is_other[rows]]]
        metric = int(metrics[rows[0]])
        if not len(others):
            if metric not in of_metric:
                of_metric[metric] = numbers[is_other & (metrics == metric)]
            others = of_metric[metric]
        yield _Series(_is_price(columns, rows[0]), rows[is_candidate[rows]], others)


def _is_price(columns: Mapping[str, pa.Array], row: int) -> bool:
    metric, unit = (columns[name][row].as_py() or "" for name in ("metric", "unit"))
    return bool(_PRICE.search(metric) or _MONEY.search(unit))


def _is_placeholder(number: float, series: _Series) -> bool:
    others = series.others
    is_strong = number in (_STRONG_PRICES if series.is_price else _STRONG)
    if not is_strong and (number not in _WEAK or len(others) < MIN_OTHERS):
        return False
    if not is_strong and series.is_price and number not in _WEAK_PRICES:
        return False
    if not len(others):
        return is_strong
    low, high = others.min(), others.max()
    if series.is_price and number < 0:
        return number < low and (is_strong or low >= 0)
    if number < 0 <= low:
        return True
    margin = max(high - low, 0.25 * np.abs(others).max())
    if number > 0:
        return number > high + (0.25 * (high - low) if is_strong else margin)
    return number < low - margin


def _is_repeated_mark(number: float, count: int, series: _Series) -> bool:
    """Return whether the number repeats, and lies above the others by more than they differ from each other."""
    others = series.others
    marks = _REPEATED_PRICES if series.is_price else _REPEATED
    if number not in marks or count < MIN_REPEATS or len(others) < MIN_OTHERS:
        return False
    return number > others.max() + 0.25 * (others.max() - others.min())


def _refuse(columns: Mapping[str, pa.Array], place: int, numbers: np.ndarray, others: np.ndarray) -> None:
    number = f"{_SAME[float(numbers[place])]:.10g}"
    count = int((numbers == numbers[place]).sum())
    times = f" ({count} rows have it)" if count > 1 else ""
    range_of = f", where others are from {others.min():.10g} to {others.max():.10g}" if len(others) else ""
    raise PlaceholderFound(
        f"row {columns['row_number'][place].as_py()}: the value {number}{times} seems to stand for a missing"
        f" one{range_of}. Pass --missing={number} if it does, or --valid={number} if it is a value."
    )
