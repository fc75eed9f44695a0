"""Félix, Ucan-Puc, Astengo (2026): a data set ready for its studies, and what they share.

All in standardised data, where σ compares between data sets; T = 2σ² (docs/paper2.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from softkmeans import tables
from softkmeans.arrays import Floats, Integers, squared_distances, standardise
from softkmeans.clustering.assignments import Assignment, hard
from softkmeans.clustering.initialisations import INITIALISATIONS, initial_centroids, start_seed
from softkmeans.clustering.kernels import prepare
from softkmeans.clustering.methods import METHODS
from softkmeans.clustering.solver import Solution, solve
from softkmeans.data.dataset import Dataset

#: The methods of paper 2.
MAPS = ("rbf-softmax", "rbf-entmax15")

#: Rounding error of a centroid of standardised data.
ROUNDING = 1e-14


@dataclass(frozen=True)
class Problem:
    """A data set of paper 2, standardised, and its starts.

    Attributes
    ----------
    name : str
    points : array (n, d)
    starts : array (M, K, d)
    """

    name: str
    points: Floats
    starts: Floats


@dataclass(frozen=True)
class Evidence:
    """What the paper's claims are measured on.

    Attributes
    ----------
    problems : tuple of Problem
        The data sets and their starts.
    found : mapping
        The paper's tables by name.
    """

    problems: tuple[Problem, ...]
    found: Mapping[str, pd.DataFrame]


def at_smallest_sigma(collapse: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table `collapse` of the smallest σ."""
    return collapse[collapse["sigma"] == collapse["sigma"].min()]


def set_up(data: Dataset, initialisation: str, n_starts: int, base_seed: int) -> Problem:
    """Standardise a data set and draw its starts."""
    points = standardise(data.points)
    seeds = [start_seed(base_seed, data.name, initialisation, repeat) for repeat in range(n_starts)]
    chosen = INITIALISATIONS[initialisation]
    starts = [initial_centroids(points, data.n_clusters, chosen, seed) for seed in seeds]
    return Problem(data.name, points, np.stack(starts))


def paths_table(dataset: str, method: str, sigmas: Floats, places: Floats) -> pa.Table:
    """Table `paths` of centroids (S, K, d)."""
    key = {"dataset": dataset, "method": method, "sigma": sigmas}
    return tables.make("paths", key | {"n_clusters": places.shape[1], "coordinates": places})


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
