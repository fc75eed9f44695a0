"""Intervals and tests of success rates, beside scipy's and counts by hand."""

from math import comb

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from softkmeans.runs.statistics import holm, mcnemar, wilson


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (3, 10), (10, 10), (1, 1), (7, 600)])
def test_wilsons_interval_is_scipys(successes, n):
    low, high = wilson(np.array([float(successes)]), np.array([float(n)]))
    expected = binomtest(successes, n).proportion_ci(0.95, method="wilson")
    np.testing.assert_allclose([low[0], high[0]], [expected.low, expected.high], atol=1e-15)


@pytest.mark.parametrize("rate", [0.02, 0.05, 0.3, 0.5])
def test_wilsons_interval_covers_the_rate(rate):
    found = np.arange(101.0)
    low, high = wilson(found, np.full(101, 100.0))
    assert binom.pmf(found, 100, rate)[(low <= rate) & (rate <= high)].sum() > 0.93


def test_no_repeats_have_no_interval():
    low, high = wilson(np.array([0.0]), np.array([0.0]))
    assert np.isnan([low[0], high[0]]).all()


def test_mcnemar_counts_the_pairs_that_differ():
    first = np.array([True] * 9 + [False] * 11)
    second = np.array([True] * 2 + [False] * 7 + [True] * 1 + [False] * 10)
    expected = 2 * sum(comb(8, k) for k in (0, 1)) / 2**8  # seven against one
    assert mcnemar(first, second) == pytest.approx(expected)
    assert mcnemar(second, first) == pytest.approx(expected)


def test_methods_that_never_differ_are_not_told_apart():
    same = np.array([True, False, True])
    assert mcnemar(same, same) == 1


def test_holm_multiplies_and_keeps_the_order():
    np.testing.assert_allclose(holm(np.array([0.04, 0.01, 0.03, 0.5])), [0.09, 0.04, 0.09, 0.5])
    np.testing.assert_allclose(holm(np.array([0.6, 0.9])), [1, 1])
