"""Félix, Ucan-Puc, Astengo (2026): what its experiments share.

All in standardised data, where σ compares between data sets; T = 2σ² (docs/paper2.md).
"""

from dataclasses import dataclass

import numpy as np

from softkmeans.arrays import Floats, Integers, squared_distances
from softkmeans.clustering.assignments import Assignment, hard
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS, Method, with_learning_rate
from softkmeans.clustering.solver import Solution, solve

MAPS = ("rbf-softmax", "rbf-entmax15")
"""The methods of paper 2."""


def temperature(sigma: Floats) -> Floats:
    """T = 2σ²."""
    return 2 * np.square(sigma)


def soft_centroids(points: Floats, centroids: Floats, temperature: float, assignment: Assignment) -> Floats:
    """Σ_i r_ij x_i / Σ_i r_ij (Lemma 1), (K, d); a centroid without weight stays.

    Written plainly: equal responsibilities give equal centroids, to the last bit.
    """
    squares = squared_distances(points, centroids)
    shares = assignment.at(squares, temperature).responsibilities
    weights = shares.sum(axis=1)[:, None]
    return np.divide(shares @ points, weights, out=centroids.copy(), where=weights > 0)


@dataclass(frozen=True)
class Margins:
    """Second smallest squared distance to a centroid less the smallest, of each point, and whose they are.

    Attributes
    ----------
    values : array (n,)
    best, second : array (n,)
        Nearest and second nearest centroid.
    """

    values: Floats
    best: Integers
    second: Integers

    def of_cluster(self, j: int) -> Floats:
        """Margins of the points whose best or second-best centroid is j, rising; Δ_j is the first."""
        return np.sort(self.values[(self.best == j) | (self.second == j)])

    def smallest(self, n_clusters: int) -> Floats:
        """Δ_j, (K,); Δ is the least of them."""
        return np.array([self.of_cluster(j).min(initial=np.inf) for j in range(n_clusters)])


def point_margins(points: Floats, centroids: Floats) -> Margins:
    """Margins of the points at centroids (K, d)."""
    squares = squared_distances(points, centroids)
    columns = np.arange(len(points))
    best = squares.argmin(axis=0)
    smallest = squares[best, columns]
    squares[best, columns] = np.inf
    second = squares.argmin(axis=0)
    return Margins(squares[second, columns] - smallest, best, second)


def gradient_method(name: str, learning_rate: float | None) -> Method:
    """A method of paper 2, by its own step or by a constant learning rate."""
    method = METHODS[name]
    return method if learning_rate is None else with_learning_rate(method, learning_rate)


def kmeans_solutions(points: Floats, starts: Floats) -> tuple[Floats, Solution]:
    """Solve K-means from each start (M, K, d) to its fixed point: centroids (M, K, d), and the solution."""
    solution = solve(
        prepare(points),
        starts,
        np.zeros(len(starts)),
        METHODS["kmeans"],
        shift_tolerance=0,
        max_iterations=1000,
        every_iteration=True,
    )
    return np.stack([soft_centroids(points, c, 0.0, hard) for c in solution.centroids]), solution
