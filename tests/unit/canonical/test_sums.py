"""Columns that are the sum of others are found, whatever they are called."""

import numpy as np
import pytest

from loaders.canonical.derived_columns import find_derived
from loaders.canonical.means import find_mean
from loaders.canonical.sums import find_near_sum, find_sum

RANDOM = np.random.default_rng(3)
PARTS = RANDOM.uniform(100, 900, (4, 24))
NAN = np.full((1, 24), np.nan)


def test_the_sum_of_all_others():
    assert find_sum(np.vstack([PARTS, PARTS.sum(axis=0)])) == (4, [0, 1, 2, 3])
    assert find_sum(PARTS) is None


def test_the_sum_of_some_others():
    other = RANDOM.uniform(2000, 9000, (2, 24))
    assert find_sum(np.vstack([PARTS, PARTS[:2].sum(axis=0), other])) == (4, [0, 1])
    subtotal, total = PARTS[:2].sum(axis=0), PARTS.sum(axis=0)
    assert find_sum(np.vstack([total, PARTS, subtotal])) == (5, [1, 2])


@pytest.mark.parametrize("digits", [0, 1])
def test_rounded_sums(digits):
    rounded = np.vstack([PARTS.round(digits), PARTS[:3].sum(axis=0).round(digits), RANDOM.uniform(3000, 9000, (1, 24))])
    assert find_sum(rounded) == (4, [0, 1, 2])


def test_a_part_without_numbers_or_with_zeros_only_does_not_hide_a_sum():
    assert find_sum(np.vstack([PARTS, NAN, 0 * PARTS[:1], PARTS.sum(axis=0)])) == (6, [0, 1, 2, 3])
    gaps = PARTS.copy()
    gaps[np.arange(24) % 4, np.arange(24)] = np.nan
    assert find_sum(np.vstack([gaps, np.nan_to_num(gaps).sum(axis=0)])) == (4, [0, 1, 2, 3])


def test_few_rows_and_columns_that_move_together_show_nothing():
    assert find_sum(np.vstack([PARTS, PARTS.sum(axis=0)])[:, :2]) is None
    ramps = np.array([[100.0 + hour + 50 * place for hour in range(24)] for place in range(8)])
    assert find_sum(ramps) is None
    assert find_mean(ramps) is None
    assert find_mean(np.array([1, 2, 3, 5])[:, np.newaxis] * (100.0 + np.arange(24) ** 2)) is None


def test_two_different_totals_in_few_rows():
    parts = RANDOM.uniform(100, 900, (20, 8))
    north, south, losses = parts[:8].sum(axis=0), parts[8:].sum(axis=0), RANDOM.uniform(20, 90, (1, 8))
    assert find_sum(np.vstack([parts[:8], north, parts[8:], south])) == (8, list(range(8)))
    assert find_sum(np.vstack([north, parts[:8], south, parts[8:]])) == (0, list(range(1, 9)))
    totals = np.vstack([parts.sum(axis=0), parts.sum(axis=0) + losses])
    assert find_sum(np.vstack([parts, totals])) == (20, list(range(20)))


def test_a_total_with_losses_is_close_to_the_sum():
    losses = 1.04 + 0.004 * np.sin(np.arange(24))
    assert find_near_sum(np.vstack([PARTS, PARTS.sum(axis=0) * losses])) == (4, [0, 1, 2, 3])
    assert find_near_sum(np.vstack([PARTS, PARTS.sum(axis=0) * 1.5])) is None
    assert find_near_sum(np.vstack([PARTS, RANDOM.uniform(0.9, 1.1, 24) * PARTS.sum(axis=0)])) is None
    shape = 100 + np.arange(24)
    assert find_near_sum(np.vstack([shape, 2 * shape, 3 * shape, 6.2 * shape])) is None


def test_the_mean_of_others():
    assert find_mean(np.vstack([PARTS.mean(axis=0), PARTS]).round(2)) == (0, [1, 2, 3, 4])
    assert find_mean(np.vstack([PARTS, PARTS[1:3].mean(axis=0)]).round(2)) == (4, [1, 2])
    assert find_mean(PARTS) is None
    assert find_mean(np.vstack([PARTS, PARTS[:2].mean(axis=0) + RANDOM.uniform(-1, 1, 24)]).round(2)) is None


def test_equal_prices_are_no_means():
    prices = np.tile(PARTS[:1], (4, 1)).round(2)
    assert find_mean(prices) is None
    prices[0, :2] += 30
    assert find_mean(prices) is None


def test_infinity_is_no_number():
    values = np.array([[1.0, 2.0, 4.0, 3.5] * 8, [2.0, 5.0, 1.0, 2.5] * 8, [3.0, 7.0, 5.0, 6.0] * 8])
    values[1, 3] = np.inf
    with np.errstate(all="raise"):
        found = find_derived(values)
    assert found is not None
    assert (found.position, found.what, found.parts) == (2, "the sum", [0, 1])
