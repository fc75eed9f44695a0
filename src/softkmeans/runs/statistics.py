"""Statistics of success rates: confidence intervals, paired tests, and corrections for several tests."""

import numpy as np
import scipy

from softkmeans.arrays import Booleans, Floats

#: Confidence of every interval.
LEVEL = 0.95


def wilson(successes: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Wilson's interval of a rate.

    Unlike a bootstrap's, it has a width where all repeats or none succeed.

    Parameters
    ----------
    successes, n : array of one shape
        Number of successes, and number of repeats.

    Returns
    -------
    low, high : array of that shape
        NaN where n = 0.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.

    Examples
    --------
    >>> low, high = wilson(np.array([0.0]), np.array([10.0]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0], [0.278])
    """
    z = scipy.special.ndtri((1 + LEVEL) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = successes / n
        centre = rate + z**2 / (2 * n)
        half = z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
        low, high = (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)
    # Rounding must not move an end that is exactly 0 or 1. Adding 0 * rate keeps NaN where n = 0.
    return np.where(successes == 0, 0.0, low) + 0 * rate, np.where(successes == n, 1.0, high) + 0 * rate


def mcnemar(first: Booleans, second: Booleans) -> float:
    """P value of the exact two-sided McNemar test of two methods from the same starts.

    Parameters
    ----------
    first, second : array (n,) of bool
        Whether the first method, and the second, succeeds from each start.

    Returns
    -------
    float
        It is 1 where they never differ.
    """
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    if only_first + only_second == 0:
        return 1.0
    return float(scipy.stats.binomtest(only_first, only_first + only_second).pvalue)


def holm(p_values: Floats) -> Floats:
    """Holm's correction of the p values (m,) of m tests that are made together.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values)
    factors = np.arange(len(p_values), 0, -1)
    corrected = np.minimum(np.maximum.accumulate(factors * p_values[order]), 1)
    found = np.empty_like(corrected)
    found[order] = corrected
    return found
