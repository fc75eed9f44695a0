"""From squared distances to responsibilities: how a point is shared among the clusters.

An assignment takes the *excess* of the squared distances over each point's smallest one, so that no
exponential overflows and nothing large is subtracted, and returns what each point contributes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from softkmeans.typing import Floats


class Shares(NamedTuple):
    """What points contribute; `points` stands for axes of any number and length.

    Attributes
    ----------
    weights : array (K, *points)
        Responsibilities times `total`.
    total : array (*points)
        What the weights sum to over the clusters.
    gain : array (*points)
        min over u of Σ_k u_k·excess_k − T·H(u), at most 0: what smoothing takes off the smallest
        squared distance (squared data units).
    entropy : array (*points)
        H(u), the entropy that the assignment maximises (nats).
    """

    weights: Floats
    total: Floats
    gain: Floats
    entropy: Floats

    @property
    def responsibilities(self) -> Floats:
        """u_ik ≥ 0, summing to 1 over the clusters, (K, *points)."""
        return self.weights / self.total


@dataclass(frozen=True)
class Assignment:
    """How points are shared.

    Attributes
    ----------
    shares : callable
        ``(excess (K, *points), temperatures) -> Shares``; temperatures broadcast to ``points``.
    reach : float
        Temperatures of excess from which on a cluster's share is 0, or too small to be seen in a sum.
    faint : bool
        Whether shares beyond the reach are small and not 0.
    """

    shares: Callable[[Floats, Floats], Shares]
    reach: float = np.inf
    faint: bool = False

    def __call__(self, excess: Floats, temperatures: Floats) -> Shares:
        """Share a block of points."""
        return self.shares(excess, temperatures)


def _hard(excess: Floats, temperatures: Floats) -> Shares:
    """Each point to its nearest centroid, the first among equals: T → 0 (paper 1, Eq. 1)."""
    weights = (excess <= 0).astype(float)
    total = weights.sum(axis=0)
    if (total > 1).any():
        weights *= np.cumsum(weights, axis=0) == 1
        total = np.minimum(total, 1)
    return Shares(weights, total, np.zeros_like(total), np.zeros_like(total))


def _softmax(excess: Floats, temperatures: Floats) -> Shares:
    """Boltzmann weights exp(−d²/T), normalised (paper 1, Eq. 19)."""
    z = _exponents(excess, temperatures)
    weights = np.exp(z)
    total = weights.sum(axis=0)
    log_total = np.log(total)
    z *= weights
    return Shares(weights, total, -temperatures * log_total, log_total - z.sum(axis=0) / total)


def _log_sum_exp_weights(excess: Floats, temperatures: Floats) -> Shares:
    """Derivative of the log-sum-exp: exp(z_k − log Σ exp z), z = −d²/T (paper 1, Eqs. 5 and 7)."""
    z = _exponents(excess, temperatures)
    log_sum = np.log(np.exp(z).sum(axis=0))
    z -= log_sum
    weights = np.exp(z)
    z *= weights
    return Shares(weights, np.ones_like(log_sum), -temperatures * log_sum, -z.sum(axis=0))


def _exponents(excess: Floats, temperatures: Floats) -> Floats:
    """−excess/T, not below what exp turns into a denormal number, which is slow and adds nothing."""
    with np.errstate(over="ignore"):
        z = excess / -temperatures
    return np.maximum(z, -700.0, out=z) if z.min() < -700 else z


def _entmax15(excess: Floats, temperatures: Floats) -> Shares:
    """[−d²/2T − τ]²₊ with the τ that makes it sum to 1; exact zeros (Peters, Niculae, Martins 2019).

    A point is one cluster's alone if and only if its margin, the second smallest squared distance less the
    smallest, is at least 2T. τ is found by the exact, sort-based algorithm. The entropy is Tsallis's of
    order 1.5, which this assignment maximises: 4/3·Σ(u − u^1.5).
    """
    with np.errstate(over="ignore"):
        scores = np.minimum(excess / (2 * temperatures), 1)  # from 1 on there is no share
    threshold = _threshold(_sort(scores))
    roots = np.maximum(threshold - scores, 0)
    weights = np.square(roots)
    entropy = 4 / 3 * np.maximum(1 - (weights * roots).sum(axis=0), 0)
    energy = 2 * (weights * scores).sum(axis=0)
    return Shares(weights, np.ones_like(energy), temperatures * (energy - entropy), entropy)


def _sort(scores: Floats) -> Floats:
    """Sort along the first axis: by a network, many points at a time, as NumPy would one point at a time."""
    if scores[0].size < 512:
        return np.sort(scores, axis=0)
    rows = scores.copy()
    for i, j in _network(len(rows)):
        low = np.minimum(rows[i], rows[j])
        np.maximum(rows[i], rows[j], out=rows[j])
        rows[i] = low
    return rows


@cache
def _network(size: int) -> list[tuple[int, int]]:
    """Pairs to compare and exchange in turn (Batcher's odd–even merge sort)."""
    pairs = []
    p = 1
    while p < size:
        k = p
        while k >= 1:
            for j in range(k % p, size - k, 2 * k):
                pairs += [
                    (i + j, i + j + k)
                    for i in range(min(k, size - j - k))
                    if (i + j) // (2 * p) == (i + j + k) // (2 * p)
                ]
            k //= 2
        p *= 2
    return pairs


def _threshold(ordered: Floats) -> Floats:
    """−τ, (*points), from scores in rising order (K, *points), of which the first is 0.

    With a support of the first k: mean_k + √((1 − Σ(s − mean_k)²)/k). It is the largest that its own scores
    allow; the support grows as long as the next score is below it.
    """
    total, squares = np.zeros((2, *ordered.shape[1:]))
    threshold = np.ones(ordered.shape[1:])
    for k, score in enumerate(ordered[1:], start=2):
        total += score
        squares += np.square(score)
        found = (total + np.sqrt(np.maximum(k - (k * squares - np.square(total)), 0))) / k
        inside = score < np.minimum(found, 1)
        if not inside.any():
            break
        np.copyto(threshold, found, where=inside)
    return threshold


NEGLIGIBLE = 46.0
"""exp(−46) = 1e-20: a hundred thousand of them together are below rounding."""

hard = Assignment(_hard, reach=0.0)
softmax = Assignment(_softmax, NEGLIGIBLE, faint=True)
log_sum_exp_weights = Assignment(_log_sum_exp_weights, NEGLIGIBLE, faint=True)
entmax15 = Assignment(_entmax15, reach=2.0)
