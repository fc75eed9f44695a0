"""Γ-convergence: how far the soft functionals are from J at most (paper 2, Theorem 1)."""

from dataclasses import dataclass

import numpy as np

from softkmeans.arrays import Floats
from softkmeans.clustering.assignments import softmax
from softkmeans.clustering.kernels import prepare, sum_over_points


@dataclass(frozen=True)
class Gaps:
    """Largest gap to J over random μ, and its bound, at each temperature, (T,).

    `weighted` is |L_σ − J|, `free` |F_σ − J| (Part B.2).
    """

    weighted: Floats
    weighted_bound: Floats
    free: Floats
    free_bound: Floats


def gaps(points: Floats, n_clusters: int, temperatures: Floats, *, draws: int, seed: int) -> Gaps:
    """Measure how far the softmax functionals are from J at μ drawn uniformly from the data's box.

    In every other draw two centroids are in one place. The sup over all μ may be larger.
    """
    rng = np.random.default_rng(seed)
    n = len(points)
    drawn = rng.uniform(points.min(axis=0), points.max(axis=0), (draws, n_clusters, points.shape[1]))
    drawn[1::2, -1] = drawn[1::2, 0]  # two in one place: the gap of F is linear there
    prepared = prepare(points)
    weighted, free = np.empty((2, len(temperatures)))
    for i, level in enumerate(temperatures):
        sums = sum_over_points(prepared, drawn - prepared.centre, np.full(draws, level), softmax)
        weighted[i] = (sums.gain + level * sums.entropy).max()  # L_σ = F_σ + T·H
        free[i] = -sums.gain.min()
    return Gaps(
        weighted,
        n * (n_clusters - 1) * temperatures / np.e,
        free,
        n * temperatures * np.log(n_clusters),
    )
