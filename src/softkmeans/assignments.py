"""From squared distances to responsibilities: how a point is shared among the clusters.

An assignment takes the *excess* of the squared distances over each point's smallest one, so that no
exponential overflows and nothing large is subtracted, and returns what each point contributes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from softkmeans.typing import Floats


class Shares(NamedTuple):
    """What a block of b points contributes, for R runs of K clusters.

    Attributes
    ----------
    responsibilities : array (R, K, b)
        u_ik ≥ 0, summing to 1 over the clusters.
    gain : array (R, b)
        min over u of Σ_k u_k·excess_k − T·H(u), at most 0: what smoothing takes off the smallest
        squared distance (squared data units).
    entropy : array (R, b)
        H(u), the entropy that the assignment maximises (nats).
    """

    responsibilities: Floats
    gain: Floats
    entropy: Floats


@dataclass(frozen=True)
class Assignment:
    """How points are shared.

    Attributes
    ----------
    shares : callable
        ``(excess (R, K, b), temperatures (R,)) -> Shares``.
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
    nearest = excess <= 0
    if np.count_nonzero(nearest) > nearest.shape[0] * nearest.shape[2]:
        nearest &= np.cumsum(nearest, axis=1) == 1
    nothing = np.zeros((excess.shape[0], excess.shape[2]))
    return Shares(nearest.astype(float), nothing, nothing)


def _softmax(excess: Floats, temperatures: Floats) -> Shares:
    """Boltzmann weights exp(−d²/T), normalised (paper 1, Eq. 19)."""
    energy = _energies(excess, temperatures)
    weights = np.exp(-energy)
    total = weights.sum(axis=1)
    weights /= total[:, None]
    log_total = np.log(total)
    entropy = log_total + _mean_energy(weights, energy)
    return Shares(weights, -temperatures[:, None] * log_total, entropy)


def _log_sum_exp_weights(excess: Floats, temperatures: Floats) -> Shares:
    """Derivative of the log-sum-exp: exp(z_k − log Σ exp z), z = −d²/T (paper 1, Eqs. 5 and 7)."""
    energy = _energies(excess, temperatures)
    log_sum = np.log(np.exp(-energy).sum(axis=1))
    weights = np.exp(-energy - log_sum[:, None])
    entropy = log_sum + _mean_energy(weights, energy)
    return Shares(weights, -temperatures[:, None] * log_sum, entropy)


def _energies(excess: Floats, temperatures: Floats) -> Floats:
    """Excess / T, capped where exp(−energy) is 0 anyway: keeps 0·inf and denormal numbers away."""
    with np.errstate(over="ignore"):
        return np.minimum(excess / temperatures[:, None, None], 1e3)


def _mean_energy(responsibilities: Floats, energy: Floats) -> Floats:
    """Σ_k u_k·energy_k a point, (R, b)."""
    return np.einsum("rkb,rkb->rb", responsibilities, energy)


def _entmax15(excess: Floats, temperatures: Floats) -> Shares:
    """[−d²/2T − τ]²₊ with the τ that makes it sum to 1; exact zeros (Peters, Niculae, Martins 2019).

    A point is one cluster's alone if and only if its margin, the second smallest squared distance less the
    smallest, is at least 2T. τ is found by the exact, sort-based algorithm. The entropy is Tsallis's of
    order 1.5, which this assignment maximises: 4/3·Σ(u − u^1.5).
    """
    scores = np.minimum(excess / (2 * temperatures[:, None, None]), 1)  # from 1 on there is no share
    ordered = np.sort(scores, axis=1)
    size = np.arange(1, scores.shape[1] + 1)[:, None]
    mean = np.cumsum(ordered, axis=1) / size
    spread = np.cumsum(np.square(ordered), axis=1) - size * np.square(mean)
    thresholds = mean + np.sqrt(np.maximum(1 - spread, 0) / size)  # −τ, were the support of this size
    support = ((ordered < thresholds) & (ordered < 1)).sum(axis=1)
    threshold = np.take_along_axis(thresholds, support[:, None] - 1, axis=1)
    roots = np.maximum(threshold - scores, 0)
    weights = np.square(roots)
    entropy = 4 / 3 * np.maximum(1 - np.einsum("rkb,rkb->rb", weights, roots), 0)
    energy = 2 * np.einsum("rkb,rkb->rb", weights, scores)
    return Shares(weights, temperatures[:, None] * (energy - entropy), entropy)


NEGLIGIBLE = 46.0
"""exp(−46) = 1e-20: a hundred thousand of them together are below rounding."""

hard = Assignment(_hard, reach=0.0)
softmax = Assignment(_softmax, NEGLIGIBLE, faint=True)
log_sum_exp_weights = Assignment(_log_sum_exp_weights, NEGLIGIBLE, faint=True)
entmax15 = Assignment(_entmax15, reach=2.0)
