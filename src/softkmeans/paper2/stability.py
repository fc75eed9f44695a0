"""Softmax and entmax-1.5 in float64 as σ → 0 (paper 2; docs/paper2.md, Part B.6)."""

from dataclasses import dataclass

import numpy as np

from softkmeans.arrays import Floats, squared_distances
from softkmeans.clustering.assignments import entmax15
from softkmeans.paper2.study import temperature


@dataclass(frozen=True)
class Stability:
    """How responsibilities fare at each σ, (S,).

    Attributes
    ----------
    nan_share : array
        Share of points with a NaN among their responsibilities.
    steepest : array
        Largest T·|∂r/∂d²|; 0 once no responsibility answers to the centroids.
    """

    nan_share: Floats
    steepest: Floats


def stability(points: Floats, centroids: Floats, sigmas: Floats) -> dict[str, Stability]:
    """Compare softmax without a shift, softmax with it, and entmax-1.5, at fixed centroids (K, d)."""
    squares = squared_distances(points, centroids)
    found = {}
    for name in ("softmax, no shift", "softmax", "entmax-1.5"):
        nan_share, steepest = [], []
        for level in temperature(sigmas):
            r, slopes = _responses(name, squares, float(level))
            nan_share.append(np.isnan(r).any(axis=0).mean())
            steepest.append(np.nanmax(slopes, initial=0.0))
        found[name] = Stability(np.array(nan_share), np.array(steepest))
    return found


def _responses(name: str, squares: Floats, level: float) -> tuple[Floats, Floats]:
    """Responsibilities (K, n), and the size of the diagonal of T·∂r/∂d²; softmax is written plainly here."""
    excess = squares - squares.min(axis=0)
    if name == "entmax-1.5":
        r = entmax15.at(squares, level).responsibilities
        roots = np.sqrt(r)
        return r, roots * _sum_of_others(roots) / roots.sum(axis=0)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        weights = np.exp(-(squares if name == "softmax, no shift" else excess) / level)
        r = weights / weights.sum(axis=0)
        return r, r * _sum_of_others(r)


def _sum_of_others(values: Floats) -> Floats:
    """Sum over the other clusters, without the cancellation of 1 − r."""
    return np.stack([np.delete(values, k, axis=0).sum(axis=0) for k in range(len(values))])
