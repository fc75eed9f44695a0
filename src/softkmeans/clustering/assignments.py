"""From squared distances to responsibilities: how a point is shared among the clusters.

An assignment takes *scores*: the excess of a point's squared distances over the smallest one, in units of the
temperature. The smallest score is 0, so exponentials cannot overflow, and no digits are lost to large scores.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from softkmeans.arrays import Floats


class Shares(NamedTuple):
    """What each point contributes to the sums. In shapes, `points` stands for any axes.

    Attributes
    ----------
    weights : array (K, *points)
        Responsibilities, not yet divided by their sum.
    total : array (*points)
        Sum of the weights over the clusters.
    gain : array (*points)
        min over u of Σ_k u_k·score_k − H(u), at most 0: the smoothed minus the smallest squared distance, in
        units of the temperature.
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
        ``scores (K, *points) -> Shares``; it may overwrite the scores.
    reach : float
        Score from which on a cluster's share is 0, or too small to change a sum. At a reach of 0, each point
        belongs to its nearest centroid.
    compiled : str or callable, optional
        Name of the compiled engine's own loops for it; or a function that Numba can compile,
        ``(scores (m, p), gain (p,), entropy (p,))``, which overwrites the scores with responsibilities and
        fills in the other two, as `Shares` describes them. Without either, the numpy engine is used.
    """

    shares: Callable[[Floats], Shares]
    reach: float = np.inf
    compiled: str | Callable[[Floats, Floats, Floats], None] | None = None

    def __call__(self, scores: Floats) -> Shares:
        """Share points at their scores, (K, *points), which may be overwritten."""
        return self.shares(scores)

    def at(self, squares: Floats, temperatures: Floats | float) -> Shares:
        """Share points at their squared distances to all centroids, (K, *points)."""
        with np.errstate(over="ignore"):
            return self.shares((squares - squares.min(axis=0)) / np.maximum(temperatures, COLDEST))


@dataclass(frozen=True)
class Sums:
    """Sums over all points, for R runs at their centroids.

    Attributes
    ----------
    weights : array (R, K)
        Σ_i u_ik.
    moments : array (R, K, d)
        Σ_i u_ik x_i, of the centred points.
    objective : array (R,)
        J, Σ_i min_k ‖x_i − c_k‖² (Eq. 1).
    gain : array (R,)
        J̃ − J, at most 0: what smoothing takes off (Eq. 6); 0 for hard assignment.
    entropy : array (R,)
        Total entropy of the responsibilities (Eq. 20).
    """

    weights: Floats
    moments: Floats
    objective: Floats
    gain: Floats
    entropy: Floats

    @property
    def smooth_objective(self) -> Floats:
        """J̃ (Eq. 6), or its counterpart under another assignment, (R,)."""
        return self.objective + self.gain


def _hard(scores: Floats) -> Shares:
    """Give each point to its nearest centroid, or the first of several: the limit T → 0 (paper 1, Eq. 1)."""
    weights = (scores <= 0).astype(float)
    total = weights.sum(axis=0)
    if (total > 1).any():
        weights *= np.cumsum(weights, axis=0) == 1
        total = np.minimum(total, 1)
    return Shares(weights, total, np.zeros_like(total), np.zeros_like(total))


def _softmax(scores: Floats) -> Shares:
    """Boltzmann weights exp(−d²/T), normalised (paper 1, Eq. 19)."""
    z = _exponents(scores)
    weights = np.exp(z)
    total = weights.sum(axis=0)
    log_total = np.log(total)
    return Shares(weights, total, -log_total, log_total - _dot(z, weights) / total)


def _log_sum_exp_weights(scores: Floats) -> Shares:
    """Derivative of the log-sum-exp: exp(z_k − log Σ exp z), z = −d²/T (paper 1, Eqs. 5 and 7)."""
    z = _exponents(scores)
    log_sum = np.log(np.exp(z).sum(axis=0))
    z -= log_sum
    weights = np.exp(z)
    return Shares(weights, np.ones_like(log_sum), -log_sum, -_dot(z, weights))


def _exponents(scores: Floats) -> Floats:
    """−scores, but at least −700: exp of a lower one may be a denormal number, slow and of no effect."""
    if scores.max(initial=0) > 700:
        np.minimum(scores, 700, out=scores)
    return np.negative(scores, out=scores)


def _entmax15(scores: Floats) -> Shares:
    """[θ − d²/(2T)]²₊ with the θ that makes it sum to 1; exact zeros (Peters, Niculae, Martins 2019).

    A point is one cluster's alone if and only if its margin, the second smallest squared distance less the
    smallest, is at least 2T. The entropy is Tsallis's of order 1.5, which this assignment maximises:
    4/3·Σ(u − u^1.5).
    """
    scores *= 0.5
    np.minimum(scores, np.ones_like(scores), out=scores)  # from 1 on there is no share
    roots = _roots(_threshold(scores), scores)
    weights = np.square(roots)
    entropy = 4 / 3 * np.maximum(1 - _dot(weights, roots), 0)
    return Shares(weights, np.ones_like(entropy), 2 * _dot(weights, scores) - entropy, entropy)


def _threshold(scores: Floats) -> Floats:
    """θ with √Σ[θ − s]²₊ = 1, (*points), of scores s ≥ 0 (K, *points), the smallest of them 0.

    The left-hand side is convex in θ, and linear where all scores are equal: Newton's steps from θ = 1 fall
    to the root, usually within four. A point whose θ has converged keeps it.
    """
    threshold = np.ones_like(scores[0])
    for _ in range(STEPS):
        roots = _roots(threshold, scores)
        norm = np.sqrt(_dot(roots, roots))
        step = (norm - 1) * norm / roots.sum(axis=0)
        going = step > 2e-16
        if not going.any():
            break
        np.subtract(threshold, step, out=threshold, where=going)
    return threshold


def _roots(threshold: Floats, scores: Floats) -> Floats:
    """[θ − s]₊, (K, *points)."""
    roots = threshold - scores
    return np.maximum(roots, np.zeros_like(roots), out=roots)  # five times as fast as with a number


def _dot(a: Floats, b: Floats) -> Floats:
    """Σ_k a_k b_k, (*points)."""
    return np.asarray(np.einsum("k...,k...->...", a, b))


#: The lowest temperature that scores are divided by, squared data units. It stands for 0.
COLDEST = 1e-300

#: The most steps of Newton's method; in practice fewer than ten are made.
STEPS = 60

#: Score from which on an exponential counts as 0. A hundred thousand of exp(−37) add up to 9e-12 of a point.
NEGLIGIBLE = 37.0

hard = Assignment(_hard, 0.0, "hard")
softmax = Assignment(_softmax, NEGLIGIBLE, "softmax")
log_sum_exp_weights = Assignment(_log_sum_exp_weights, NEGLIGIBLE, "log-sum-exp")
entmax15 = Assignment(_entmax15, 2.0, "entmax-1.5")
