"""The soft functionals of paper 2, their gaps to J, and their minimisers (Parts B.2 and B.3)."""

import numpy as np
import scipy
from scipy.special import lambertw

from softkmeans.arrays import Floats, squared_distances
from softkmeans.clustering.assignments import softmax
from softkmeans.clustering.kernels import Points, sum_over_points

#: Separation of two centroids at which they share many points, in units of T, for data of unit variance.
APART = 1.3


def functionals(points: Floats, centroids: Floats, level: float) -> tuple[float, float]:
    """L_σ and F_σ (Part B.2), written plainly, at centroids (K, d) and temperature `level`."""
    squares = squared_distances(points, centroids)
    smallest = squares.min(axis=0)
    weights = np.exp((smallest - squares) / level)
    total = weights.sum(axis=0)
    free = (smallest - level * np.log(total)).sum()
    return float((weights * squares / total).sum()), float(free)


def gradients(points: Floats, centroids: Floats, level: float) -> tuple[Floats, Floats]:
    """∂L_σ/∂μ and ∂F_σ/∂μ (Part B.3), (K, d) each.

    The gradient of L_σ is that of F_σ with r_ij·(1 − (‖x_i − μ_j‖² − Σ_l r_il‖x_i − μ_l‖²)/T) for r_ij.
    """
    squares = squared_distances(points, centroids)
    shares = softmax.at(squares, level).responsibilities
    excess = squares - squares.min(axis=0)
    weights = shares * (1 - (excess - (shares * excess).sum(axis=0)) / level)
    weighted, free = (2 * (w.sum(axis=1)[:, None] * centroids - w @ points) for w in (weights, shares))
    return weighted, free


def gap_bounds(n_points: int, n_clusters: int, levels: Floats | float) -> tuple[Floats, Floats]:
    """Least upper bounds of L_σ − J and J − F_σ: nT·W((K−1)/e), with Lambert's W, and nT·log K."""
    scale = n_points * np.asarray(levels)
    return scale * lambertw((n_clusters - 1) / np.e).real, scale * np.log(n_clusters)


def sharp_case(n_clusters: int, level: float) -> tuple[Floats, Floats, Floats]:
    """A point (1, 1), and the centroids (K, 1) at which L_σ and those at which F_σ attains its bound.

    For L_σ one centroid is at the point, and the others are at a squared distance of T·(1 + W((K−1)/e)). For
    F_σ all centroids are in one place.
    """
    point = np.zeros((1, 1))
    square = level * (1 + lambertw((n_clusters - 1) / np.e).real)
    apart = np.sqrt(square) * (np.arange(n_clusters) > 0)[:, None]
    return point, apart, np.ones((n_clusters, 1))


def drawn_centroids(points: Floats, n_clusters: int, draws: int, level: float, seed: int) -> Floats:
    """Draw centroids (draws, K, d) uniformly in the data's box.

    In a third of the draws two centroids are in one place, where the gap of F_σ is linear in T. In another
    third they are `APART`·T from each other, where the gap of L_σ is linear in T.
    """
    rng = np.random.default_rng(seed)
    shape = draws, n_clusters, points.shape[1]
    drawn = rng.uniform(points.min(axis=0), points.max(axis=0), shape)
    directions = rng.normal(size=shape)[:, 0]
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    drawn[1::3, -1] = drawn[1::3, 0]
    drawn[2::3, -1] = drawn[2::3, 0] + APART * level * directions[2::3]
    return drawn


def largest_gaps(prepared: Points, drawn: Floats, level: float) -> tuple[float, float]:
    """Largest L_σ − J and largest J − F_σ among centroids (draws, K, d)."""
    sums = sum_over_points(prepared, drawn - prepared.centre, np.full(len(drawn), level), softmax)
    return float((sums.gain + level * sums.entropy).max()), float(-sums.gain.min())  # L_σ = F_σ + T·H


def means_of_partitions(points: Floats) -> Floats:
    """Means of both parts of every partition of the n points in two, (2^(n−1) − 1, 2, d)."""
    numbers = np.arange(1, 2 ** (len(points) - 1))
    inside = (numbers[:, None] >> np.arange(len(points)) & 1).astype(float)
    return np.stack([u @ points / u.sum(axis=1)[:, None] for u in (inside, 1 - inside)], axis=1)


def excess_of_minimiser(points: Floats, means: Floats, level: float, which: int) -> float:
    """Excess of J at the minimiser of a functional over the least J of all partitions in two.

    `which` is 0 for L_σ and 1 for F_σ. The functional is minimised by BFGS from the best three of the
    partitions' `means`, and from both centroids at the mean of all points.
    """

    def value(flat: Floats) -> float:
        return functionals(points, flat.reshape(means.shape[1:]), level)[which]

    best = [*sorted(means, key=lambda c: value(c.ravel()))[:3], np.tile(points.mean(axis=0), (2, 1))]
    ends = [scipy.optimize.minimize(value, c.ravel(), method="BFGS") for c in best]
    found = min(ends, key=lambda end: float(end.fun)).x.reshape(means.shape[1:])
    least = min(squared_distances(points, c).min(axis=0).sum() for c in means)
    return float(squared_distances(points, found).min(axis=0).sum() - least)
